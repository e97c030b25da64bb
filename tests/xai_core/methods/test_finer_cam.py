"""Finer-CAM: by hand on a linear net, Grad-CAM at its ends, and the classes it compares with."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.methods.finer_cam import WEIGHTINGS, finer_cam, similar
from xai_core.network.capture import capture
from xai_core.network.scores import Score
from xai_core.types import LayerSpec

LAYER = LayerSpec("0", "Conv2d", 2, (2, 3), 1.0)


class _Two(nn.Module):
    """Two channels, the planes 0 and 1 of the picture; logit k is the mean of W_k0 A_0 + W_k1 A_1."""

    WEIGHTS = torch.tensor([[3.0, 1.0], [1.0, 2.0], [0.5, 0.0], [-9.0, 4.0]], dtype=torch.float64)

    def __init__(self):
        super().__init__()
        self.add_module("0", nn.Identity())

    def forward(self, x):
        pooled = self.get_submodule("0")(x[:, :2]).mean((2, 3))
        return pooled @ self.WEIGHTS.T


def run(net, x, score, **options):
    found, facts = capture(net, x, [LAYER]), {}
    made = finer_cam(net, x, score, found.logits, LAYER, found.activations["0"], facts, **options)
    return made, facts


def picture():
    x = torch.zeros(1, 3, 2, 3, dtype=torch.float64)
    x[0, 0] = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])  # mean 1
    x[0, 1] = torch.tensor([[0.0, 0.0, 0.0], [2.0, 2.0, 8.0]])  # mean 2
    return x


def test_by_hand():
    """The logits are 5, 5, 1/2, -1. The nearest to 0 are 1 and 2: w = (W_0 - g (W_1 + W_2) / 2) / 6."""
    x = picture()
    found, facts = run(_Two(), x, Score((0,)), classes=2, strength=0.6)
    weights = [(3 - 0.6 * 1.5 / 2) / 6, (1 - 0.6 * 2 / 2) / 6]
    assert_close(found, weights[0] * x[:, 0] + weights[1] * x[:, 1])
    assert facts["nearest"].tolist() == [1]


def test_weighted_by_probability_by_hand():
    """With strength 1, s = (p_1 (y_0 - y_1) + p_2 (y_0 - y_2)) / (p_1 + p_2). With q = p_1 / (p_1 + p_2), a
    function of y_1 - y_2 = 9/2 alone, ds = q (dy_0 - dy_1) + (1 - q) (dy_0 - dy_2)
    + q (1 - q) (dy_1 - dy_2) ((y_0 - y_1) - (y_0 - y_2)), and that last difference is -9/2."""
    x, weights = picture(), _Two.WEIGHTS
    q = 1 / (1 + np.exp(-4.5))
    rows = q * (weights[0] - weights[1]) + (1 - q) * (weights[0] - weights[2])
    rows = rows + q * (1 - q) * -4.5 * (weights[1] - weights[2])
    found, _ = run(_Two(), x, Score((0,)), weighting="probability", classes=2, strength=1.0)
    expected = (rows[0] * x[:, 0] + rows[1] * x[:, 1]) / 6
    assert_close(found, expected, rtol=1e-6, atol=1e-9)  # the published 1e-9 in the denominator is felt


def test_which_classes_are_similar():
    logits = torch.tensor([[5.0, 4.0, 1.0, 5.5, -9.0], [0.0, 0.0, 2.0, 1.0, 1.0]])
    targets = torch.tensor([0, 3])
    assert similar(logits, targets, 2, None).tolist() == [[3, 1], [4, 0]]  # of equals the lower index
    assert similar(logits, targets, 50, None).tolist() == [[3, 1, 2, 4], [4, 0, 1, 2]]
    assert similar(logits, targets, 3, 2).tolist() == [[2], [2]]
    with pytest.raises(xai.InputError, match="this network has one only"):
        similar(logits[:, :1], targets[:1] * 0, 3, None)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_the_counterfactual_is_the_negated_map(weighting):
    x, options = torch.randn(2, 3, 2, 3, dtype=torch.float64), {"weighting": weighting}
    plain, _ = run(_Two(), x, Score((0, 2)), **options)
    negated, _ = run(_Two(), x, Score((0, 2), negate=True), **options)
    assert_close(negated, -plain)


@pytest.mark.parametrize("layer", core_and_peers(["blocks.6", "blocks.4"]))
def test_at_its_ends_it_is_grad_cam(lite0_small, chelsea, layer):
    """Strength 0 is Grad-CAM; strength 1 against one named class is Grad-CAM of the difference."""

    def both(finer, plain):
        one = xai.explain(lite0_small, chelsea, "finer_cam", 282, layer, relu=False, **finer)
        other = xai.explain(lite0_small, chelsea, "grad_cam", 282, layer, relu=False, **plain)
        np.testing.assert_allclose(one.heatmap, other.heatmap, atol=1e-3 * np.abs(other.heatmap).max())
        return one

    both({"strength": 0}, {})
    e = both({"strength": 1, "contrast": 281}, {"contrast": 281})
    assert e.facts["nearest"] == 281
    both({"strength": 1, "contrast": 281, "weighting": "probability"}, {"contrast": 281})


def test_what_is_shared_goes_dark(lite0_small, chelsea):
    """On a real photograph the map is not Grad-CAM, and the class named as nearest is the nearest one."""
    e = xai.explain(lite0_small, chelsea, "finer_cam", 282, relu=False)
    plain = xai.explain(lite0_small, chelsea, "grad_cam", 282, relu=False)
    assert np.corrcoef(e.heatmap.ravel(), plain.heatmap.ravel())[0, 1] < 0.99
    logits = {c.index: c.logit for c in xai.predict(lite0_small, chelsea, top=1000)}
    gaps = {index: abs(value - logits[282]) for index, value in logits.items() if index != 282}
    assert e.facts["nearest"] == min(gaps, key=gaps.get)
    assert e.forwards == 1 + 1
