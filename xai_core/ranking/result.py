"""What a run found out, in plain values that pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from .agreement import Agreement, agreement, concordance
from .looks import Look
from .plan import Ranked, label_of
from .standing import Standing


@dataclass(frozen=True)
class Ranking:
    """The state after a look. `pictures` were measured, of `available` in the set and at most `budget`;
    `photographs` of them are independent. `failed` could not be measured. `settled`: what was asked is
    decided. `passes` by row: inputs that one map sends through the network."""

    plan: Ranked
    model: str
    data: str
    standings: tuple[Standing, ...]
    look: Look
    looks: tuple[Look, ...]
    pictures: int
    photographs: int
    available: int
    failed: int
    settled: bool
    passes: Mapping[str, int]

    @property
    def labels(self) -> tuple[str, ...]:
        """What the rows are called."""
        return tuple(label_of(name) for name in self.plan.names)

    @property
    def budget(self) -> int:
        """The most pictures that may be drawn."""
        return self.looks[-1].pictures

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """For each two metrics, over the methods that look at the picture."""
        found, methods = self.standings, self.plan.looking
        return tuple(
            agreement((a.metric, b.metric), (a.merit, b.merit), (a.better, b.better), methods)
            for n, a in enumerate(found)
            for b in found[n + 1 :]
        )

    @cached_property
    def concordance(self) -> float:
        """Kendall's W of all metrics over the methods that look; NaN for one metric."""
        return concordance(np.array([one.merit[self.plan.looking] for one in self.standings]))

    def table(self) -> pd.DataFrame:
        """A row for each metric and method, from the best mean to the worst."""
        return pd.DataFrame(
            [
                {
                    "metric": one.metric,
                    "method": self.plan.names[i],
                    "mean": one.means[i],
                    "pictures": int(one.counts[i]),
                    "rank_low": int(one.rank_low[i]),
                    "rank_high": int(one.rank_high[i]),
                    "letters": one.letters[i],
                    "against_random": one.gaps[i, self.plan.control],
                    "beats_random": bool(one.better[i, self.plan.control]),
                    "passes": self.passes[self.plan.rows[i]],
                }
                for one in self.standings
                for i in map(int, one.order)
            ]
        )

    def pairs(self) -> pd.DataFrame:
        """A row for each metric and pair, the one with the better mean difference first."""
        rows = []
        for one in self.standings:
            place = {int(method): number for number, method in enumerate(one.order)}
            for i in map(int, one.order):
                for j in (j for j in map(int, one.order) if place[j] > place[i]):
                    a, b = (j, i) if one.gaps[i, j] < 0 else (i, j)
                    rows.append(self._pair(one, a, b))
        return pd.DataFrame(rows)

    def _pair(self, one: Standing, a: int, b: int) -> dict[str, object]:
        return {
            "metric": one.metric,
            "first": self.plan.names[a],
            "second": self.plan.names[b],
            "better_by": one.gaps[a, b],
            "low": one.low[a, b],
            "high": one.high[a, b],
            "p_holm": one.p[a, b],
            "told_apart": one.apart(a, b),
        }
