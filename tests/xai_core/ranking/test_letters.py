"""Letters against a search of all sets."""

from itertools import chain, combinations

import numpy as np
import pytest

from xai_core.ranking.letters import groups, letters


def literal(better):
    """All largest sets in which no two are told apart."""
    apart, k = better | better.T, len(better)
    every = chain.from_iterable(combinations(range(k), size) for size in range(1, k + 1))
    fine = [frozenset(one) for one in every if not any(apart[i, j] for i, j in combinations(one, 2))]
    return {one for one in fine if not any(one < other for other in fine)}


@pytest.mark.parametrize("seed", range(6))
def test_equal_a_search_of_all_sets(seed):
    rng = np.random.default_rng(seed)
    better = np.triu(rng.random((6, 6)) < 0.4, 1)
    assert set(groups(better, np.arange(6))) == literal(better)


def test_not_told_apart_is_not_transitive():
    better = np.zeros((3, 3), bool)
    better[0, 2] = True  # a above c; b is told apart from neither
    assert letters(better, np.array([0, 1, 2])) == ["a", "ab", "b"]


def test_the_best_has_the_first_letter():
    better = np.zeros((2, 2), bool)
    better[1, 0] = True
    assert letters(better, np.array([1, 0])) == ["b", "a"]
