"""Two groups compared: against a count over all pairs, an exact permutation test, and by hand."""

from itertools import combinations

import numpy as np
import pytest

from xai_core.metrics.groups import difference, holm

A, B = np.array([5.0, 7.0, 8.0, 9.0]), np.array([1.0, 2.0, 7.0])


def test_means_and_effect_by_hand():
    found = difference(A, B)
    assert (found.first, found.second) == (7.25, pytest.approx(10 / 3))
    assert found.counts == (4, 3)
    assert found.gap == pytest.approx(7.25 - 10 / 3)
    above = sum((a > b) + 0.5 * (a == b) for a in A for b in B) / 12
    assert found.effect == pytest.approx(2 * above - 1)


def test_the_interval_is_welch():
    found = difference(A, B)
    va, vb = A.var(ddof=1) / 4, B.var(ddof=1) / 3
    freedom = (va + vb) ** 2 / (va**2 / 3 + vb**2 / 2)
    from scipy.stats import t

    half = t.ppf(0.975, freedom) * (va + vb) ** 0.5
    assert (found.low, found.high) == (pytest.approx(found.gap - half), pytest.approx(found.gap + half))


def test_p_is_that_of_all_permutations():
    a, b = np.array([3.1, 4.2, 5.3, 6.4]), np.array([1.0, 2.0, 3.5, 2.5])
    pooled = np.concatenate([a, b])
    ranks = pooled.argsort().argsort() + 1
    sums = np.array([sum(ranks[list(part)]) for part in combinations(range(8), 4)])
    centre = sums.mean()
    own = ranks[:4].sum()
    exact = np.mean(np.abs(sums - centre) >= abs(own - centre))
    assert difference(a, b).p == pytest.approx(exact)


def test_too_few_values_have_no_test():
    found = difference(np.array([1.0, np.nan]), np.array([2.0, 3.0]))
    assert found.counts == (1, 2)
    assert found.gap == -1.5
    assert np.isnan([found.low, found.high, found.p, found.effect]).all()


def test_groups_that_are_all_the_same():
    found = difference(np.ones(3), np.ones(4))
    assert (found.gap, found.p, found.effect) == (0.0, 1.0, 0.0)


def test_holm_by_hand():
    assert holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert holm(np.array([0.5, 0.9])) == pytest.approx([1.0, 1.0])
    found = holm(np.array([np.nan, 0.02, 0.03]))
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx([0.04, 0.04])
