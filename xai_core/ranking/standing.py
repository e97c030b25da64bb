"""The order of methods on each metric, from the scores of some pictures: one look.

All pairs of methods on all metrics are one family of questions. Their p values (`bootstrap`) are corrected
after Holm, and a pair is told apart where the corrected p is at most the look's share of the error (`looks`).
So the chance that any of the differences which a run calls is false is at most 1 - confidence.

The rank of method i then lies in

    [1 + #{j told apart as better},  k - #{j told apart as worse}],

and all these intervals hold together with that confidence. Intervals of differences hold together too: each
has the share alpha / questions (Bonferroni). They are a little wider than Holm's test needs, so a pair that
is told apart may have an interval that just reaches zero.

Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979; Al
Mohamad, Goeman and van Zwet, Simultaneous confidence intervals for ranks with application to ranking
institutions, Biometrics 78, 2022; Mogstad, Romano, Shaikh and Wilhelm, Inference for ranks with applications
to mobility across neighbourhoods and academic achievement across countries, Review of Economic Studies 91,
2024."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..metrics.groups import holm
from .bootstrap import Differences, differences, pairs
from .letters import groups, letters


@dataclass(frozen=True)
class Scores:
    """`values` (n, k, m): picture, method, metric, as measured, NaN where there is none. `signs` (m,) is -1
    where smaller values are better. `pictures` (n,) are names, `witness` (n,) the photograph of each."""

    methods: tuple[str, ...]
    metrics: tuple[str, ...]
    signs: tuple[int, ...]
    pictures: tuple[str, ...]
    witness: np.ndarray
    values: np.ndarray

    def sorted(self) -> Scores:
        """The same by name of picture, so that nothing depends on the order in which they were measured."""
        order = np.argsort(np.array(self.pictures, object), kind="stable")
        names = tuple(self.pictures[n] for n in order)
        seen: dict[int, int] = {}  # the photographs are numbered anew, as they come
        witness = np.array([seen.setdefault(int(g), len(seen)) for g in self.witness[order]], int)
        return Scores(self.methods, self.metrics, self.signs, names, witness, self.values[order])


@dataclass(frozen=True)
class Standing:
    """The methods on one metric. `means` (k,) are as measured, over `counts` (k,) pictures. The matrices
    (k, k) are about i - j, positive where i is better whatever the sign of the metric: `gaps` the mean
    differences over the pictures that have both, `low` and `high` their intervals, `p` after Holm."""

    metric: str
    sign: int
    means: np.ndarray
    counts: np.ndarray
    gaps: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    better: np.ndarray  # bool (k, k): i is told apart from j, and better

    @property
    def merit(self) -> np.ndarray:
        """The means, larger where better."""
        return self.sign * self.means

    @property
    def order(self) -> np.ndarray:
        """The methods from the best mean to the worst; those without a value last."""
        return np.argsort(-np.where(np.isnan(self.merit), -np.inf, self.merit), kind="stable")

    @property
    def rank_low(self) -> np.ndarray:
        """The best rank that is not ruled out, 1..k."""
        return 1 + self.better.sum(0)

    @property
    def rank_high(self) -> np.ndarray:
        """The worst rank that is not ruled out, 1..k."""
        return len(self.means) - self.better.sum(1)

    @property
    def letters(self) -> list[str]:
        """Methods that share a letter are not told apart."""
        return letters(self.better, self.order)

    @property
    def groups(self) -> list[frozenset[int]]:
        """The largest sets in which no two are told apart."""
        return groups(self.better, self.order)

    def apart(self, i: int, j: int) -> bool:
        """Whether two methods are told apart."""
        return bool(self.better[i, j] or self.better[j, i])


def standings(scores: Scores, alpha: float, seed: int = 0) -> tuple[Standing, ...]:
    """One for each metric; all of them together err with probability `alpha` at most."""
    ordered, methods = scores.sorted(), len(scores.methods)
    count = methods * (methods - 1) // 2
    questions = max(1, count * len(scores.metrics))
    found = [
        differences(sign * ordered.values[:, :, m], ordered.witness, alpha / questions, seed)
        for m, sign in enumerate(scores.signs)
    ]
    corrected = holm(np.concatenate([one.p for one in found])).reshape(len(found), count)
    return tuple(
        _standing(ordered, m, one, p, alpha) for m, (one, p) in enumerate(zip(found, corrected, strict=True))
    )


def _standing(scores: Scores, m: int, found: Differences, p: np.ndarray, alpha: float) -> Standing:
    methods = len(scores.methods)
    column = scores.values[:, :, m]
    counts = (~np.isnan(column)).sum(0)
    total = np.nansum(column, axis=0)
    means = np.divide(total, counts, out=np.full(methods, np.nan), where=counts > 0)
    gaps = _square(found.mean, -found.mean, methods)
    both = _square(p, p, methods)
    told = both <= alpha  # False where p is NaN
    low, high = _square(found.low, -found.high, methods), _square(found.high, -found.low, methods)
    return Standing(
        scores.metrics[m], scores.signs[m], means, counts, gaps, low, high, both, told & (gaps > 0)
    )


def _square(above: np.ndarray, below: np.ndarray, methods: int) -> np.ndarray:
    """(k, k) from the values of the pairs (i, j) and (j, i); NaN on the diagonal."""
    made = np.full((methods, methods), np.nan)
    first, second = pairs(methods)
    made[first, second], made[second, first] = above, below
    return made
