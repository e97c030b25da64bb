"""Whether metrics put methods into the same order.

    tau = (C - D) / P        of all P pairs of methods, C are in the same order on both metrics, D in opposite

`tau` orders the methods by their means. Its interval follows from the pairs that are told apart on both
metrics: c of them in the same order, d in opposite ones, and any of the others may be either, so

    (c - d - (P - c - d)) / P  <=  tau of the true means  <=  (c - d + (P - c - d)) / P,

which holds for all pairs of metrics at once with the confidence of the tests. Kendall's W summarises all
metrics: 1 where they agree on the whole order, about 0 where they have nothing in common,

    W = (12 sum_i (R_i - mean R)^2) / (m^2 (k^3 - k) - m sum ties (t^3 - t)),   R_i: sum of i's ranks.

Kendall, Rank Correlation Methods, 1948; Kendall and Babington Smith, The problem of m rankings, Annals of
Mathematical Statistics, 1939."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Agreement:
    """Two metrics: Kendall's tau of their orders, -1..1, the interval of the tau of the true means, and the
    pairs of methods (i, j) that one tells apart as better-worse and the other as worse-better."""

    first: str
    second: str
    tau: float
    low: float
    high: float
    contradictions: tuple[tuple[int, int], ...]


def agreement(
    names: tuple[str, str],
    means: tuple[np.ndarray, np.ndarray],
    better: tuple[np.ndarray, np.ndarray],
    methods: Sequence[int],
) -> Agreement:
    """Of two metrics over some of the methods. `means` (k,) are larger where a method is better; `better` is
    bool (k, k): i is told apart as better than j."""
    a, b = better
    signs, same, opposite = [], 0, []
    for place, i in enumerate(methods):
        for j in methods[place + 1 :]:
            signs.append(np.sign(means[0][i] - means[0][j]) * np.sign(means[1][i] - means[1][j]))
            same += bool((a[i, j] and b[i, j]) or (a[j, i] and b[j, i]))
            if a[i, j] and b[j, i]:
                opposite.append((i, j))
            elif a[j, i] and b[i, j]:
                opposite.append((j, i))
    count = len(signs)
    if not count:
        nan = float("nan")
        return Agreement(*names, nan, nan, nan, ())
    tau, low, high = float(np.mean(signs)), (2 * same - count) / count, (count - 2 * len(opposite)) / count
    return Agreement(*names, tau, low, high, tuple(opposite))


def concordance(means: np.ndarray) -> float:
    """Kendall's W of the orders in the rows of `means` (m, k), larger is better, with its correction for
    ties; NaN for fewer than two rows or columns, or where a row orders nothing."""
    from scipy.stats import rankdata

    m, k = means.shape
    if m < 2 or k < 2 or np.isnan(means).any():
        return float("nan")
    ranks = rankdata(-means, axis=1)
    ties = sum(float((n**3 - n).sum()) for n in (np.unique(row, return_counts=True)[1] for row in ranks))
    whole = m * m * (k**3 - k) - m * ties
    sums = ranks.sum(0)
    return float(12 * ((sums - sums.mean()) ** 2).sum() / whole) if whole > 0 else float("nan")
