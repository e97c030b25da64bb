"""Sensitivity-n and MuFidelity: one on linear networks, by hand on others, zero for noise, and refusals."""

import numpy as np
import pytest

import xai_core as xai
from tests.xai_core.attacks.hand import GRID, handle, logits, picture, weights
from xai_core.metrics.cells import superpixels
from xai_core.metrics.mu_fidelity import mu_fidelity
from xai_core.metrics.sensitivity_n import sensitivity_n
from xai_core.metrics.subset_removal import part_of, sizes_of, subset_removal

from .test_insertion import explanation, softmax


def contributions(own, image):
    """What black takes away of class 1 at each pixel of a linear network."""
    return (weights(own)[1] * image.pixels).sum(2)


@pytest.mark.parametrize("measure", [sensitivity_n, mu_fidelity])
def test_true_contributions_predict_every_drop(measure):
    own, image = handle(3), picture(1)
    true = measure(own, image, explanation(contributions(own, image)), sets=20, superpixel=1)
    assert true.correlations == pytest.approx(np.ones(len(true.sizes)), abs=1e-6)
    np.testing.assert_allclose(true.predicted, true.measured, atol=1e-5)
    opposite = measure(own, image, explanation(-contributions(own, image)), sets=20, superpixel=1)
    assert opposite.mean == pytest.approx(-1, abs=1e-6)


def test_a_map_that_knows_nothing_is_near_zero():
    own, image = handle(3), picture(1)
    found = [
        mu_fidelity(own, image, explanation(np.random.default_rng(seed).random(GRID.size)), 100, 1).mean
        for seed in range(20)
    ]
    assert abs(np.mean(found)) < 0.2
    assert max(found) < 0.95


def test_drops_of_the_probability_one_by_one():
    """Each set is found again from the map's sum over it: superpixel i of six has the value 2^i."""
    own, image = handle(3), picture(2)
    cells = superpixels((4, 6), 2)
    values = 2.0**cells / 4  # of each of four pixels
    found = subset_removal(own, image, explanation(values), [1, 3], 4, 2, probability=True, seed=5)
    whole = softmax(logits(own, image.pixels.astype(float)))[1]
    for size, predicted, measured in zip(found.sizes, found.predicted, found.measured, strict=True):
        for sum_, drop in zip(predicted, measured, strict=True):
            members = [i for i in range(6) if round(sum_) >> i & 1]
            assert len(members) == size
            gone = np.isin(cells, members)[..., None]
            left = softmax(logits(own, np.where(gone, 0.0, image.pixels.astype(float))))[1]
            assert drop == pytest.approx(whole - left, abs=1e-6)
    r = [np.corrcoef(a, b)[0, 1] for a, b in zip(found.predicted, found.measured, strict=True)]
    np.testing.assert_allclose(found.correlations, r, atol=1e-9)
    assert found.mean == pytest.approx(np.mean(r))


def test_sizes():
    assert sizes_of(64) == [1, 2, 5, 11, 23, 51]
    assert (sizes_of(2), part_of(2), part_of(64)) == ([1], 1, 13)


def test_flat_maps_refusals_and_cancel():
    own, image, flat = handle(3), picture(1), explanation(np.zeros((4, 6)))
    assert np.isnan(sensitivity_n(own, image, flat, 3, 2).mean)
    with pytest.raises(xai.InputError, match=r"sizes is \[6\]; numbers from 1 to 5"):
        subset_removal(own, image, flat, [6], superpixel=2)
    with pytest.raises(xai.InputError, match="sets is 1"):
        subset_removal(own, image, flat, [1], 1, superpixel=2)
    with pytest.raises(xai.Cancelled):
        mu_fidelity(own, image, flat, superpixel=2, cancelled=lambda: True)
