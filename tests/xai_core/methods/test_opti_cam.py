"""Opti-CAM: which channel it finds, Adam written out by hand, and what its fact says."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.opti_cam import mask, opti_cam
from xai_core.network.batches import Progress
from xai_core.network.capture import capture
from xai_core.network.scores import Score

from .masks_by_hand import small_net


def run(net, x, score, activations, progress=None, **options):
    facts = {}
    return opti_cam(net, x, score, activations, progress or Progress(), facts, **options), facts


class _Left(nn.Module):
    """logit_0 = the sum of the left half less that of the right, logit_1 its negative."""

    def forward(self, x):
        half = x.shape[3] // 2
        value = x[..., :half].sum((1, 2, 3)) - x[..., half:].sum((1, 2, 3))
        return torch.stack([value, -value], 1)


def channels():
    """One channel that is active on the left, one on the right, one that is negative everywhere."""
    found = torch.zeros(1, 3, 2, 4, dtype=torch.float64)
    found[0, 0, :, :2], found[0, 1, :, 2:], found[0, 2] = 2.0, 2.0, -7.0
    return found


@pytest.mark.parametrize(
    ("score", "side"), [(Score((0,)), 0), (Score((1,)), 1), (Score((0,), negate=True), 1)]
)
def test_it_finds_the_channel_that_speaks_for_the_class(score, side):
    x = torch.ones(1, 3, 4, 8, dtype=torch.float64)
    found, _ = run(_Left(), x, score, channels(), steps=60)
    halves = found[0, :, :2].mean(), found[0, :, 2:].mean()
    assert halves[side] > 3 * halves[1 - side]
    assert float(found.min()) >= 0


def by_hand(net, x, target, activations, steps, rate):
    """Adam with torch's defaults, written out; the gradient from the objective as the paper prints it."""
    features = activations.clamp(min=0)
    u, first, second = torch.full((len(features),), 0.5, dtype=torch.float64), 0.0, 0.0

    def objective(u):
        saliency = (u.softmax(0)[:, None, None] * features).sum(0)
        large = F.interpolate(saliency[None, None], x.shape[2:], mode="bilinear", align_corners=False)
        return net(x * (large - large.min()) / (large.max() - large.min()))[0, target]

    for step in range(1, steps + 1):
        slope = -torch.func.grad(objective)(u)
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        u = u - rate * (first / (1 - 0.9**step)) / ((second / (1 - 0.999**step)).sqrt() + 1e-8)
    return (u.softmax(0)[:, None, None] * features).sum(0), float(objective(u))


def test_against_adam_written_out():
    net, x = small_net(), torch.randn(2, 3, 13, 19, dtype=torch.float64)
    activations = capture(net, x, ["1"]).activations["1"]
    progress = Progress()
    found, facts = run(net, x, Score((1, 3)), activations, progress, steps=7, rate=0.1)
    for i, target in enumerate((1, 3)):
        expected, seen = by_hand(net, x[i : i + 1], target, activations[i], 7, 0.1)
        assert_close(found[i], expected, rtol=1e-8, atol=1e-10)
        assert float(facts["seen"][i]) == pytest.approx(seen, abs=1e-8)
    assert progress.forwards == 2 * (7 + 1)


def test_the_mask():
    x = torch.zeros(1, 3, 1, 4)
    # half-pixel centres: 0, 1 over four places are 0, 1/4, 3/4, 1
    assert_close(mask(torch.tensor([[2.0, 6.0]]), x), torch.tensor([[[[0.0, 0.25, 0.75, 1.0]]]]))
    assert not mask(torch.tensor([[3.0, 3.0]]), x).any()


def test_more_steps_raise_the_score(lite0_small, chelsea):
    few = xai.explain(lite0_small, chelsea, "opti_cam", 282, steps=1)
    many = xai.explain(lite0_small, chelsea, "opti_cam", 282, steps=15)
    assert many.facts["seen"] > few.facts["seen"]
    assert many.forwards == 1 + 15 + 1
    assert math.isfinite(many.facts["seen"])
    assert not many.signed


def test_growth_and_cancel():
    net, x, shown = small_net(), torch.randn(1, 3, 13, 19, dtype=torch.float64), []
    activations = capture(net, x, ["1"]).activations["1"]
    progress = Progress(on_partial=lambda values, count, of: shown.append((values, count, of)))
    progress._next_look = 0.0
    run(net, x, Score((1,)), activations, progress, steps=4)
    assert shown[0][1:] == (1, 4)
    assert_close(shown[0][0], by_hand(net, x, 1, activations[0], 1, 0.1)[0], rtol=1e-8, atol=1e-10)
    asked = []
    with pytest.raises(xai.Cancelled):
        run(net, x, Score((1,)), activations, Progress(cancelled=lambda: asked.append(0) or len(asked) == 3))
    assert len(asked) == 3
