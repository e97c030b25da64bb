"""Kernel SHAP against Shapley values by enumeration, and its sampling."""

from itertools import combinations
from math import comb, factorial

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import xai_core as xai
from xai_core.inputs import superpixels as regions
from xai_core.methods.kernel_shap import coalitions, kernel_shap, shapley_regression
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Painted


def shapley(values, count):
    """phi_i = sum_S |S|! (d - |S| - 1)! / d! (v(S + i) - v(S)), straight from the definition; S as bit
    masks.
    """
    phi = np.zeros(count)
    for i in range(count):
        others = [j for j in range(count) if j != i]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for members in combinations(others, size):
                bits = sum(1 << j for j in members)
                phi[i] += weight * (values[bits | 1 << i] - values[bits])
    return phi


def game(count, seed=0):
    return np.random.default_rng(seed).normal(size=2**count)


def solve(values, count, samples, seed=0):
    keep, weights, _ = coalitions(count, samples, np.random.default_rng(seed))
    bits = keep @ (1 << np.arange(count))
    phi = shapley_regression(keep, weights, values[bits] - values[0], values[-1] - values[0])
    return phi, keep, weights


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_all_coalitions_give_the_definition(count):
    values = game(count)
    phi, keep, _ = solve(values, count, 1000)
    np.testing.assert_allclose(phi, shapley(values, count), atol=1e-9)
    assert len(keep) == 2**count - 2


def test_weights_are_the_kernel():
    keep, weights, fixed = coalitions(6, 1000, np.random.default_rng(0))
    for row, weight in zip(keep, weights, strict=True):
        size = int(row.sum())
        assert weight == pytest.approx(5 / (comb(6, size) * size * (6 - size)))
    assert fixed == len(keep) == 62


def test_sampling_comes_near_and_adds_up():
    values = game(12)
    exact = shapley(values, 12)
    phi, keep, _ = solve(values, 12, 2000)
    assert len(keep) <= 2000
    assert phi.sum() == pytest.approx(values[-1] - values[0])
    assert np.corrcoef(phi, exact)[0, 1] > 0.9
    assert not np.allclose(phi, exact, atol=1e-6), "else nothing was sampled"


def test_what_is_sampled_is_paired_and_never_empty_or_full():
    keep, weights, fixed = coalitions(30, 300, np.random.default_rng(0))
    assert len(keep) <= 300
    assert (weights > 0).all()
    assert set(keep.sum(1)).isdisjoint({0, 30})
    assert fixed == 60, "sizes 1 and 29 are enumerated"
    drawn = keep[fixed:]
    assert np.array_equal(drawn[0::2], ~drawn[1::2])


@pytest.mark.peers
def test_ten_superpixels_on_the_embedded_model(lite0, dog_cat):
    """Exact Shapley values of the network itself, from all 1,024 pictures, to 1e-3 of the score's
    difference.
    """
    ten = (np.arange(64) * 2 // 64)[:, None] * 5 + np.arange(64) * 5 // 64
    segments = torch.from_numpy(ten)
    with lite0.session() as net, torch.inference_mode():
        x = F.interpolate(lite0.preprocess(dog_cat), (64, 64), mode="area")  # small, to be affordable
        hidden = regions.segment_means(x, segments[None])
        bits = torch.arange(1024)[:, None] >> torch.arange(10) & 1
        values = np.concatenate(
            [
                net(torch.where(rows.bool()[:, segments][:, None], x, hidden))[:, 243].double().numpy()
                for rows in bits.split(32)
            ]
        )
        exact = shapley(values, 10)
        facts = {}
        found = kernel_shap(
            Painted(lite0.scorer, x, hidden),
            x,
            Score((243,)),
            segments[None],
            torch.Generator(),
            Progress(),
            facts,
        )[0]
    ours = [float(found[segments == label][0]) for label in range(10)]
    assert np.abs(np.array(ours) - exact).max() < 1e-3 * abs(values[-1] - values[0])
    assert facts["efficiency_error"][0] < 1e-6


def test_through_the_engine(lite0, dog_cat):
    e = xai.explain(lite0, dog_cat, "kernel_shap", 243, samples=100, segments=6, segmentation="grid")
    assert e.facts["superpixels"] == 6
    assert e.forwards <= 66  # all 62 coalitions and both ends, and the look at the picture
    assert e.facts["efficiency_error"] < 1e-6
