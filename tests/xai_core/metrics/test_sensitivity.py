"""Infidelity and max-sensitivity: exact on a linear network, against Captum's formula, and refusals."""

import numpy as np
import pytest

import xai_core as xai
from tests.xai_core.attacks.hand import GRID, handle, picture, weights
from xai_core.metrics.sensitivity import infidelity, max_sensitivity, scaled_infidelity

from .test_insertion import explanation


def test_the_true_contributions_of_a_linear_network_predict_every_drop():
    own, image = handle(3), picture(1)
    contributions = (weights(own)[1] * image.pixels).sum(2)  # black takes exactly that away
    found = infidelity(own, image, explanation(contributions), squares=20, side=0.5)
    assert found.value < 1e-8
    assert found.scale == pytest.approx(1, abs=1e-5)
    assert found.correlation == pytest.approx(1, abs=1e-6)
    doubled = infidelity(own, image, explanation(2 * contributions), squares=20, side=0.5)
    assert doubled.value < 1e-8
    assert doubled.scale == pytest.approx(0.5, abs=1e-5)
    noise = np.random.default_rng(0).normal(size=GRID.size)
    assert infidelity(own, image, explanation(noise), squares=20, side=0.5).value > 1e-3


def test_the_scale_is_the_best_one():
    random = np.random.default_rng(1)
    predicted, measured = random.normal(size=30), random.normal(size=30)
    found = scaled_infidelity(predicted, measured)
    for scale in (found.scale - 0.01, found.scale + 0.01):
        assert np.mean((scale * predicted - measured) ** 2) > found.value
    flat = scaled_infidelity(np.zeros(3), np.ones(3))
    assert (flat.scale, flat.value) == (0, 1)
    assert np.isnan(flat.correlation)


def test_against_captum(lite0, chelsea):
    """The same squares given to Captum, whose normalised infidelity is the same formula."""
    captum = pytest.importorskip("captum.metrics")
    import torch

    from xai_core.inputs import superpixels as regions
    from xai_core.metrics.sensitivity import _squares

    e = xai.explain(lite0, chelsea, "input_x_gradient", aggregate="signed")
    ours = infidelity(lite0, chelsea, e, squares=12)
    masks = torch.from_numpy(_squares(lite0.input_size, 12, 0.2, 0))
    x = lite0.preprocess(chelsea)
    b = regions.baseline(x, "black", lite0.grid, torch.Generator())
    taken = iter(masks)

    def perturb(inputs):
        mask = next(taken)
        change = torch.where(mask, inputs - b, torch.zeros_like(inputs))
        return mask.expand_as(inputs).float() / 3, inputs - change

    attributions = torch.from_numpy(e.upsampled().copy())[None, None].expand(1, 3, *lite0.input_size)
    with lite0.session() as net:
        theirs = captum.infidelity(
            net,
            perturb,
            x,
            attributions,
            target=e.target,
            n_perturb_samples=12,
            normalize=True,
            max_examples_per_batch=1,
        )
    print(f"ours {ours.value:.6f}, Captum {float(theirs):.6f}")
    assert ours.value == pytest.approx(float(theirs), rel=1e-3)


def test_a_map_that_does_not_depend_on_the_picture_has_no_sensitivity():
    own = handle(3)
    request = xai.Request("gradient", 1, None, {"aggregate": "signed"})
    assert max_sensitivity(own, picture(), request) == pytest.approx(0, abs=1e-6)
    dependent = xai.Request("input_x_gradient", 1, None, {"aggregate": "signed"})
    little, much = (max_sensitivity(own, picture(2, 60, 200), dependent, radius=r) for r in (1, 16))
    assert 0 < little < much


def test_refusals_and_cancel():
    own, e = handle(3), explanation(np.zeros((4, 6)))
    with pytest.raises(xai.InputError, match="side is 2"):
        infidelity(own, picture(), e, side=2)
    with pytest.raises(xai.InputError, match="no target"):
        max_sensitivity(own, picture(), xai.Request("gradient"))
    with pytest.raises(xai.Cancelled):
        max_sensitivity(own, picture(), xai.Request("gradient", 1), cancelled=lambda: True)
    assert np.isnan(scaled_infidelity(np.zeros(2), np.zeros(2)).correlation)
