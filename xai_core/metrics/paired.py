"""Differences over pictures with an interval that counts photographs.

Several pictures may hold the same photograph: mosaics share their parts, corruptions their original. They are
no independent witnesses. So whole photographs are left out in turn (delete-one jackknife):

    theta      = statistic of all pictures, for example the mean of a_i - b_i
    theta_(g)  = the same without every picture that holds photograph g, g = 1..G
    se^2       = (G - 1) / G  sum_g (theta_(g) - mean_h theta_(h))^2
    interval   = theta -+ t(1 - 0.05 / (2 questions), G - 1) se

Where every picture is a photograph of its own, the interval of a mean difference is the paired t test's.
For pictures made of two photographs the mean is a U statistic, and this is Arvesen's jackknife; its variance
is on average too large rather than too small (Efron and Stein).

Tukey, Bias and confidence in not quite large samples, 1958; Arvesen, Jackknifing U-statistics, Annals of
Mathematical Statistics, 1969; Efron and Stein, The jackknife estimate of variance, Annals of Statistics,
1981."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

LEAST = 3  # photographs that an interval needs


@dataclass(frozen=True)
class Gap:
    """A difference with its interval; `photographs` were counted. `p` is two-sided, for no difference, and
    does not know of other questions. Interval and p are NaN where there are fewer than LEAST photographs, or
    where leaving one out leaves nothing to compare."""

    mean: float
    low: float
    high: float
    p: float
    pictures: int
    photographs: int

    @property
    def above(self) -> bool:
        """Whether the whole interval lies above zero."""
        return self.low > 0

    @property
    def below(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.high < 0


def paired(
    first: np.ndarray,
    second: np.ndarray,
    photographs: Sequence[Collection[str]] | None = None,
    questions: int = 1,
) -> Gap:
    """Mean of first - second, (n,) and (n,), over the pictures that have both. `photographs` are those that
    each picture holds (None: one of its own). With `questions`, that many intervals hold together with 95 %
    (Bonferroni)."""
    gaps = np.asarray(first, float) - np.asarray(second, float)
    known = ~np.isnan(gaps)
    gaps = gaps[known]
    return by_photograph(lambda kept: _mean(gaps[kept]), _held(photographs, known), questions)


def apart(
    values: np.ndarray,
    group: np.ndarray,
    photographs: Sequence[Collection[str]] | None = None,
    questions: int = 1,
) -> Gap:
    """Mean of the values (n,) where `group` (n,) is True minus the mean where it is False; NaNs are left
    out."""
    values, group = np.asarray(values, float), np.asarray(group, bool)
    known = ~np.isnan(values)
    values, group = values[known], group[known]
    return by_photograph(
        lambda kept: _mean(values[kept & group]) - _mean(values[kept & ~group]),
        _held(photographs, known),
        questions,
    )


def by_photograph(statistic: Callable[[np.ndarray], float], holds: np.ndarray, questions: int = 1) -> Gap:
    """A statistic of the pictures in a bool mask (n,), with its interval. `holds` is bool (n, G): which
    photographs each picture holds."""
    pictures, count = holds.shape
    nan = float("nan")
    theta = statistic(np.ones(pictures, bool)) if pictures else nan
    left = np.array([statistic(~holds[:, g]) for g in range(count)])
    if count < LEAST or np.isnan(left).any():
        return Gap(theta, nan, nan, nan, pictures, count)
    from scipy.stats import t

    error = float(np.sqrt((count - 1) / count * np.sum((left - left.mean()) ** 2)))
    half = float(t.ppf(1 - 0.025 / questions, count - 1)) * error
    p = float(2 * t.sf(abs(theta) / error, count - 1)) if error > 0 else float(theta == 0)
    return Gap(theta, theta - half, theta + half, p, pictures, count)


def _held(photographs: Sequence[Collection[str]] | None, known: np.ndarray) -> np.ndarray:
    """Which photographs each picture of `known` (n,) holds: its own where none are named."""
    if photographs is None:
        return np.eye(int(known.sum()), dtype=bool)
    own = [held for held, kept in zip(photographs, known, strict=True) if kept]
    names = list(dict.fromkeys(name for held in own for name in held))
    return np.array([[name in held for name in names] for held in own], bool).reshape(-1, len(names))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
