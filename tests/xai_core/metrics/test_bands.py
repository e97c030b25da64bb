"""Means and shares with their intervals, against SciPy."""

import numpy as np
from scipy import stats

from xai_core.metrics import bands


def test_means_and_their_bands():
    values = np.array([[1.0, 2.0, 5.0], [3.0, np.nan, 5.0], [5.0, 6.0, np.nan]])
    mean, low, high = bands.mean_band(values)
    np.testing.assert_allclose(mean, [3, 4, 5])
    expected = stats.t.interval(0.95, 2, 3, stats.sem(values[:, 0]))
    np.testing.assert_allclose((low[0], high[0]), expected)
    one = bands.mean_band(np.array([[0.5]]))
    assert one[0] == [0.5]
    assert np.isnan(one[1]).all()
    low, high = bands.interval(95, 100)
    assert (round(low, 4), round(high, 4)) == (0.8882, 0.9785)  # Wilson, by statsmodels too


def test_standard_error():
    assert bands.standard_error(np.array([1.0, 2.0, 4.0])) == stats.sem([1, 2, 4])
    assert np.isnan(bands.standard_error(np.array([1.0])))
