"""Two groups of numbers, for example maps of right and of wrong predictions: do they differ?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """Means of two groups; `gap` is the first minus the second with its 95 % interval (Welch's t); `p` the
    chance of such a rank sum where the groups do not differ (Mann and Whitney, two-sided); `effect` the
    rank-biserial correlation, 2 P(a > b) + P(a = b) - 1, -1..1. NaN where a group has fewer than two
    values."""

    first: float
    second: float
    counts: tuple[int, int]
    gap: float
    low: float
    high: float
    p: float
    effect: float


def difference(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare two groups (n,) and (m,); NaNs are left out."""
    from scipy.stats import mannwhitneyu, ttest_ind

    a, b = (values[~np.isnan(values)].astype(float) for values in (first, second))
    nan, counts = float("nan"), (len(a), len(b))
    mean_a, mean_b = (float(values.mean()) if len(values) else nan for values in (a, b))
    if min(counts) < 2:
        return Difference(mean_a, mean_b, counts, mean_a - mean_b, nan, nan, nan, nan)
    if np.ptp(np.concatenate([a, b])) == 0:
        return Difference(mean_a, mean_b, counts, 0.0, 0.0, 0.0, 1.0, 0.0)
    interval = ttest_ind(a, b, equal_var=False).confidence_interval()
    ranks = mannwhitneyu(a, b)
    effect = 2 * float(ranks.statistic) / (len(a) * len(b)) - 1
    return Difference(
        mean_a,
        mean_b,
        counts,
        mean_a - mean_b,
        float(interval.low),
        float(interval.high),
        float(ranks.pvalue),
        effect,
    )


def holm(p: np.ndarray) -> np.ndarray:
    """p values (k,) of k questions asked at once, made larger after Holm (1979), so that fewer than one in
    twenty such families calls anything a difference by chance. NaNs stay and do not count."""
    p = np.asarray(p, float)
    found = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * (len(order) - np.arange(len(order)))
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found
