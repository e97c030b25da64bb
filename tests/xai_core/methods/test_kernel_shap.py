"""Kernel SHAP against Shapley values by enumeration, and its sampling."""

from itertools import combinations
from math import comb, factorial

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import xai_core as xai
from xai_core.inputs import superpixels as regions
from xai_core.methods._coalitions import coalitions
from xai_core.methods.kernel_shap import kernel_shap, shapley_regression
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


WAYS = ("leverage", "enumerated")


def game(count, seed=0):
    return np.random.default_rng(seed).normal(size=2**count)


def solve(values, count, samples, draw, seed=0):
    keep, _, weigh = coalitions(count, samples, draw, np.random.default_rng(seed))
    weights = weigh(np.arange(len(keep)))
    bits = keep @ (1 << np.arange(count))
    phi = shapley_regression(keep, weights, values[bits] - values[0], values[-1] - values[0])
    return phi, keep, weights


@pytest.mark.parametrize("draw", WAYS)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_all_coalitions_give_the_definition(count, draw):
    values = game(count)
    phi, keep, _ = solve(values, count, 1000, draw)
    np.testing.assert_allclose(phi, shapley(values, count), atol=1e-9)
    assert len(keep) == 2**count - 2


@pytest.mark.parametrize("draw", WAYS)
def test_weights_are_the_kernel(draw):
    keep, fixed, weigh = coalitions(6, 1000, draw, np.random.default_rng(0))
    for row, weight in zip(keep, weigh(np.arange(len(keep))), strict=True):
        size = int(row.sum())
        assert weight == pytest.approx(5 / (comb(6, size) * size * (6 - size)))
    assert fixed == len(keep) == 62


@pytest.mark.parametrize("draw", WAYS)
def test_sampling_comes_near_and_adds_up(draw):
    values = game(12)
    exact = shapley(values, 12)
    phi, keep, _ = solve(values, 12, 2000, draw)
    assert len(keep) <= 2000
    assert phi.sum() == pytest.approx(values[-1] - values[0])
    assert np.corrcoef(phi, exact)[0, 1] > 0.9
    assert not np.allclose(phi, exact, atol=1e-6), "else nothing was sampled"


def test_what_is_sampled_is_paired_and_never_empty_or_full():
    keep, fixed, weigh = coalitions(30, 300, "enumerated", np.random.default_rng(0))
    assert len(keep) <= 300
    assert (weigh(np.arange(len(keep))) > 0).all()
    assert set(keep.sum(1)).isdisjoint({0, 30})
    assert fixed == 60, "sizes 1 and 29 are enumerated"
    drawn = keep[fixed:]
    assert np.array_equal(drawn[0::2], ~drawn[1::2])


@pytest.mark.parametrize("count", [7, 12, 31])
def test_leverage_scores_deal_out_the_sizes_evenly(count):
    """Pairs of complements, each coalition once, a small size whole where it has no more, and equally many of
    the other sizes; any beginning of the list has about the same share of each size."""
    keep, fixed, weigh = coalitions(count, 100, "leverage", np.random.default_rng(0))
    assert (len(keep) <= 100, fixed) == (True, 0)
    assert np.array_equal(keep[0::2], ~keep[1::2])
    assert len(np.unique(keep, axis=0)) == len(keep)
    small = np.minimum(keep.sum(1), count - keep.sum(1))[::2]
    numbers = np.bincount(small)[1:]
    there = np.array([comb(count, s) // (1 + (2 * s == count)) for s in range(1, count // 2 + 1)])
    whole = numbers == there
    assert np.ptp(numbers[~whole]) <= 1
    assert (numbers[whole] <= numbers[~whole].min()).all()
    for share in (0.25, 0.5):
        begun = np.bincount(small[: round(share * len(small))], minlength=len(numbers) + 1)[1:]
        assert np.abs(begun - share * numbers).max() <= 1.5
    weights, sizes = weigh(np.arange(len(keep))), keep.sum(1)
    for size in np.unique(sizes):
        of_all = (count - 1) / (size * (count - size))
        assert weights[sizes == size].sum() == pytest.approx(of_all)


@pytest.mark.parametrize("draw", WAYS)
def test_an_additive_game_is_exact_from_few_coalitions(draw):
    """The regression has no error to average out: 40 coalitions of 15 superpixels give each one its share."""
    c = np.random.default_rng(3).normal(size=15)
    values = 7 + (np.arange(2**15)[:, None] >> np.arange(15) & 1) @ c
    np.testing.assert_allclose(solve(values, 15, 40, draw)[0], c, atol=1e-9)


@pytest.mark.parametrize("draw", WAYS)
def test_the_mean_over_draws_is_the_shapley_values(draw):
    values = game(9, 4)
    exact = shapley(values, 9)
    maps = np.array([solve(values, 9, 120, draw, seed)[0] for seed in range(300)])
    error = maps.std(0, ddof=1) / np.sqrt(len(maps))
    assert (np.abs(maps.mean(0) - exact) < 4.5 * error).all()
    assert maps.std(0).min() > 0.01


def test_the_same_seed_gives_the_same_coalitions():
    one, again, other = (
        coalitions(20, 200, "leverage", np.random.default_rng(seed)).keep for seed in (1, 1, 2)
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


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
