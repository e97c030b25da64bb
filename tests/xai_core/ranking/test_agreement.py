"""Kendall's tau with its interval, and W."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from xai_core.ranking.agreement import agreement, concordance


def above(*pairs):
    better = np.zeros((4, 4), bool)
    for i, j in pairs:
        better[i, j] = True
    return better


def test_tau_is_scipys_and_its_interval_counts_what_is_known():
    a, b = np.array([4.0, 3.0, 2.0, 1.0]), np.array([4.0, 1.0, 2.0, 3.0])
    found = agreement(("x", "y"), (a, b), (above((0, 1), (1, 3)), above((0, 1), (3, 1))), range(4))
    assert found.tau == pytest.approx(kendalltau(a, b).statistic)
    assert found.low == pytest.approx((1 - 1 - 4) / 6)  # one pair agrees, one contradicts, four are open
    assert found.high == pytest.approx((1 - 1 + 4) / 6)
    assert found.contradictions == ((1, 3),)


def test_nothing_known_is_any_tau():
    found = agreement(("x", "y"), (np.arange(4.0),) * 2, (above(), above()), range(4))
    assert (found.tau, found.low, found.high) == (1.0, -1.0, 1.0)


def test_concordance():
    assert concordance(np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])) == pytest.approx(1.0)
    assert concordance(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])) == pytest.approx(0.0)
    ties = np.array([[1.0, 1.0, 2.0], [1.0, 1.0, 2.0]])
    assert concordance(ties) == pytest.approx(1.0)
    assert np.isnan(concordance(np.array([[1.0, 2.0]])))
