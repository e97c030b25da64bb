"""Differences by photograph: against the paired t test, Welch's means, a count by hand, and by simulation."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import t, ttest_rel

from xai_core.metrics.paired import apart, paired

A, B = np.array([0.6, 0.4, 0.7, 0.5, 0.9]), np.array([0.5, 0.4, 0.5, 0.6, 0.4])


def test_pictures_of_their_own_give_the_paired_t_test():
    found, peer = paired(A, B), ttest_rel(A, B)
    interval = peer.confidence_interval()
    assert (found.mean, found.p) == (pytest.approx((A - B).mean()), pytest.approx(peer.pvalue))
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert (found.pictures, found.photographs) == (5, 5)


def test_copies_of_a_photograph_count_once():
    held = [("a",), ("b",), ("c",), ("d",), ("e",)] * 10
    many = paired(np.tile(A, 10), np.tile(B, 10), held)
    once = paired(A, B)
    assert (many.low, many.high) == (pytest.approx(once.low), pytest.approx(once.high))
    assert (many.pictures, many.photographs) == (50, 5)
    naive = paired(np.tile(A, 10), np.tile(B, 10))
    assert naive.high - naive.low < 0.5 * (many.high - many.low)


def test_pairs_of_photographs_by_hand():
    pairs = [("a", "b"), ("a", "c"), ("b", "c"), ("a", "d"), ("b", "d"), ("c", "d")]
    gaps = np.array([0.1, 0.2, 0.4, -0.1, 0.3, 0.5])
    found = paired(gaps, np.zeros(6), pairs)
    left = [(0.4 + 0.3 + 0.5) / 3, (0.2 - 0.1 + 0.5) / 3, (0.1 - 0.1 + 0.3) / 3, (0.1 + 0.2 + 0.4) / 3]
    error = (3 / 4 * sum((value - sum(left) / 4) ** 2 for value in left)) ** 0.5
    assert found.mean == pytest.approx(1.4 / 6)
    assert found.high - found.mean == pytest.approx(t.ppf(0.975, 3) * error)


def test_it_covers_the_truth_where_pairs_share_photographs():
    rng, inside, naive_inside, runs = np.random.default_rng(0), 0, 0, 300
    pairs = list(combinations(range(7), 2))
    held = [tuple(map(str, pair)) for pair in pairs]
    for _ in range(runs):
        own = rng.normal(size=7)
        gaps = np.array([own[i] + own[j] + 0.3 * rng.normal() for i, j in pairs])
        found, naive = paired(gaps, np.zeros(len(gaps)), held), paired(gaps, np.zeros(len(gaps)))
        inside += found.low <= 0 <= found.high
        naive_inside += naive.low <= 0 <= naive.high
    assert inside / runs > 0.92
    assert naive_inside / runs < 0.75, "an interval that counts mosaics is too narrow"


def test_several_questions_widen_the_interval():
    one, four = paired(A, B), paired(A, B, questions=4)
    ratio = t.ppf(1 - 0.025 / 4, 4) / t.ppf(0.975, 4)
    assert (four.high - four.mean) / (one.high - one.mean) == pytest.approx(ratio)


def test_two_groups_by_hand():
    values = np.array([1.0, 2.0, 3.0, 5.0, 8.0, np.nan])
    group = np.array([True, False, True, False, True, True])
    held = [("a",), ("a",), ("b",), ("b",), ("c",), ("c",)]
    found = apart(values, group, held)
    left = [(3 + 8) / 2 - 5, (1 + 8) / 2 - 2, (1 + 3) / 2 - 3.5]
    error = (2 / 3 * sum((value - sum(left) / 3) ** 2 for value in left)) ** 0.5
    assert found.mean == pytest.approx(4 - 3.5)
    assert found.mean - found.low == pytest.approx(t.ppf(0.975, 2) * error)
    assert found.pictures == 5


@pytest.mark.parametrize("held", [[("a",), ("b",)], [("a", "b"), ("a", "b")]])
def test_too_few_photographs_have_no_interval(held):
    found = paired(np.array([0.5, 0.6]), np.array([0.1, 0.2]), held)
    assert found.mean == pytest.approx(0.4)
    assert np.isnan([found.low, found.high, found.p]).all()
    assert not found.above
    assert not found.below


def test_a_group_that_one_photograph_alone_fills_has_no_interval():
    found = apart(np.arange(4.0), np.array([True, False, False, False]))
    assert found.mean == -2
    assert np.isnan(found.low)


def test_no_difference_at_all():
    found = paired(A, A)
    assert (found.mean, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert not found.above
    assert not found.below


def test_missing_values_are_left_out():
    found = paired(np.array([*A, np.nan]), np.array([*B, 0.1]), [(name,) for name in "abcdef"])
    assert (found.pictures, found.photographs) == (5, 5)
    assert found.mean == pytest.approx((A - B).mean())
    assert np.isnan(paired(np.array([np.nan]), np.array([1.0])).mean)
