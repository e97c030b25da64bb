"""Paired differences of all pairs of methods, by a studentised bootstrap over pictures.

    d_x    = a_x - b_x                                the two methods on picture x
    t      = mean d / se                              se: standard error of the mean
    t*_r   = (mean d*_r - mean d) / se*_r             resample r = 1..R of the pictures, with replacement
    p      = (1 + #{r : |t*_r| >= |t|}) / (R + 1)     two-sided, for no difference
    low, high = mean d -+ q se                        q: quantile of |t*| at 1 - level

All pairs are resampled together, so what makes a picture hard for all methods drops out. Pictures of the same
photograph are no independent witnesses: witnesses are resampled, and se counts them (cluster-robust),

    se^2 = G / (G - 1)  sum_g (sum_{x in g} (d_x - mean d))^2 / n^2.

No test that only knows signs to be symmetric gives less than 2^(1 - G) with G witnesses, so p is never below
that: a few pictures that happen to agree decide nothing, and where even this p is above `level` there is no
interval (NaN).

Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 12 and 16; Hall and Wilson, Two
guidelines for bootstrap hypothesis testing, Biometrics 47, 1991."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEAST_DRAWS = 2000
TAIL = 10  # resamples that lie beyond the strictest threshold, if there is no difference
BLOCK = 1_000_000  # numbers of a block of resamples, which bounds the memory
SAME = 1e-12  # differences that vary less than this, of the largest, are the same number


@dataclass(frozen=True)
class Differences:
    """One number for each pair (i, j), i < j, in the order of `pairs`: mean of i - j, its interval, p, and
    how many witnesses have both."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    witnesses: np.ndarray


def pairs(methods: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices i < j of all pairs, (P,) and (P,)."""
    return np.triu_indices(methods, 1)


def draws_for(level: float) -> int:
    """How many resamples decide at this level."""
    return max(LEAST_DRAWS, int(np.ceil(TAIL / level)))


def differences(values: np.ndarray, witness: np.ndarray, level: float, seed: int = 0) -> Differences:
    """All pairs of the columns of `values` (n, k), NaN where a method has no value; `witness` (n,) numbers
    the photograph of each picture. Each interval misses with probability `level`."""
    first, second = pairs(values.shape[1])
    d = values[:, first] - values[:, second]
    known = ~np.isnan(d)
    _, group = np.unique(witness, return_inverse=True)
    sums, counts = _by_group(np.where(known, d, 0.0), group), _by_group(known.astype(float), group)
    total, heard = counts.sum(0), (counts > 0).sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(total > 0, sums.sum(0) / total, np.nan)
    centred = np.where(counts > 0, sums - np.nan_to_num(mean) * counts, 0.0)
    size = np.abs(np.where(known, d, 0.0)).max(0, initial=0.0)
    centred[:, np.abs(centred).max(0, initial=0.0) <= SAME * size] = 0.0
    error = _error((centred**2).sum(0), total, heard)
    t = np.divide(np.abs(mean), error, out=np.full(mean.shape, np.inf), where=error > 0)
    t[mean == 0] = 0.0
    beyond, q = _resampled(centred, counts, t, level, seed)
    draws = draws_for(level)
    least = 2.0 ** (1 - np.maximum(heard, 1))
    p = np.maximum((1 + beyond) / (draws + 1), least)
    p[np.isnan(mean) | (heard < 2)] = np.nan
    half = np.where((least <= level) & (error > 0) & np.isfinite(q), q * error, np.nan)
    return Differences(mean, mean - half, mean + half, p, heard)


def _by_group(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Sums (G, P) over the rows (n, P) of each group."""
    if len(group) == group.max(initial=-1) + 1:
        return values[np.argsort(group)]
    found = np.zeros((group.max(initial=-1) + 1, values.shape[1]))
    np.add.at(found, group, values)
    return found


def _error(squares: np.ndarray, total: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """Standard error of the mean from sum_g u_g^2, n and G; 0 where there are fewer than two witnesses."""
    factor = np.divide(heard, heard - 1, out=np.zeros(heard.shape), where=heard > 1)
    return np.sqrt(factor * np.maximum(squares, 0.0)) / np.maximum(total, 1)


def _resampled(
    u: np.ndarray, counts: np.ndarray, t: np.ndarray, level: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each pair how many |t*| reach |t|, and the quantile of |t*| at 1 - level. Blocks of resamples are
    drawn one after another, and only the largest |t*| are kept."""
    groups, questions = u.shape
    draws, rng = draws_for(level), np.random.default_rng(seed)
    kept = int(np.floor(level * (draws + 1)))  # the quantile is the kept-th largest
    largest, beyond = np.zeros((0, questions)), np.zeros(questions, int)
    limit = t * (1 - 1e-9)  # equal numbers may differ in their last digits
    whole = bool((counts == 1).all())
    block = max(1, BLOCK // max(groups, questions, 1))
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        drawn = rng.integers(0, groups, (rows, groups)) + groups * np.arange(rows)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=rows * groups).reshape(rows, groups).astype(float)
        found = _statistics(weights, u, counts, whole)
        beyond += (found >= limit).sum(0)
        largest = np.concatenate([largest, found])
        if len(largest) > kept:
            largest = np.partition(largest, len(largest) - kept, axis=0)[-kept:]
    return beyond, largest.min(0, initial=np.inf)


def _statistics(weights: np.ndarray, u: np.ndarray, counts: np.ndarray, whole: bool) -> np.ndarray:
    """|t*| (R, P) of resamples that take witness g `weights[r, g]` times. A resample in which all differences
    are the same has no t: it counts as infinite, and as 0 where its mean is the one of all."""
    sums, squares = weights @ u, weights @ (u * u)
    if whole:
        total = heard = np.full((1, 1), float(len(u)))
        spread = squares - sums**2 / total
    else:
        total, heard = weights @ counts, weights @ (counts > 0)
        mean = np.divide(sums, total, out=np.zeros(sums.shape), where=total > 0)
        spread = squares - 2 * mean * (weights @ (u * counts)) + mean**2 * (weights @ (counts * counts))
    scale = (u * u).max(0, initial=0.0)
    spread[spread <= 1e-12 * scale] = 0.0
    error = _error(spread, total, np.broadcast_to(heard, spread.shape))
    mean = np.abs(sums) / np.maximum(total, 1)
    nothing = np.where(mean <= 1e-9 * np.sqrt(scale), 0.0, np.inf)
    return np.divide(mean, error, out=nothing, where=error > 0)
