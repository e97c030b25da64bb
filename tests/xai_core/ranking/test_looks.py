"""Looks and their shares of the error."""

from itertools import pairwise

import pytest

from xai_core.ranking.looks import looks


@pytest.mark.parametrize(
    ("most", "counts"), [(1, [1]), (38, [38]), (39, [20, 39]), (200, [25, 50, 100, 200])]
)
def test_counts(most, counts):
    assert [look.pictures for look in looks(most, 0.05)] == counts


@pytest.mark.parametrize("most", [1, 20, 77, 10_000])
def test_the_shares_add_up(most):
    found = looks(most, 0.05)
    assert sum(look.alpha for look in found) == pytest.approx(0.05)
    assert found[-1].pictures == most
    assert all(a.pictures < b.pictures for a, b in pairwise(found))
