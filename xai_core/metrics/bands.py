"""Means and shares with their 95 % intervals."""

from __future__ import annotations

import numpy as np


def interval(successes: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    from scipy.stats import binomtest

    found = binomtest(successes, count).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def mean_band(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over the rows of (n, k) and its 95 % interval by Student's t: three (k,). NaNs are left out;
    without two values the interval is NaN."""
    from scipy.stats import t

    count = np.sum(~np.isnan(values), axis=0)
    total = np.nansum(values, axis=0)
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    squares = np.nansum((values - mean) ** 2, axis=0)
    free = np.maximum(count - 1, 1)
    half = np.where(count > 1, t.ppf(0.975, free) * np.sqrt(squares / free / np.maximum(count, 1)), np.nan)
    return mean, mean - half, mean + half


def standard_error(values: np.ndarray) -> float:
    """Of the mean of (n,); NaN for fewer than two values."""
    return float(np.std(values, ddof=1) / len(values) ** 0.5) if len(values) > 1 else float("nan")
