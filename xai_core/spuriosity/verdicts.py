"""Whether the region of a cluster is a shortcut: each intervention against its control, picture by picture.

    taken out   margin lost without the region      - margin lost without as large a region elsewhere
    pasted      margin gained by the region pasted  - margin gained by another region of the same picture
    beyond      margin gained by the region pasted  - margin gained by what ordinary pictures of the class
                                                      show best

A region that holds the object of the class can beat the first two controls. It cannot be expected to beat the
third, which is an object part chosen for each ordinary picture by its own map. So a cluster is a shortcut
only where all three differences are positive: its p is the largest of the three, and Holm's correction over
all clusters makes it at most 0.05. Intervals count photographs (`metrics.paired`), also those that are
pasted, and hold together for all clusters.

Berger and Hsu, Bioequivalence trials, intersection-union tests and equivalence confidence sets, Statistical
Science 1996; Holm, Scandinavian Journal of Statistics 1979."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..datasets import Dataset
from ..metrics.groups import holm
from ..metrics.paired import Gap, paired
from .planning import Cluster
from .trials import OUT, PASTE

LEVEL = 0.05
HALF = 0.5  # of the cluster's median loss, which an affected picture loses at least


@dataclass(frozen=True)
class Effect:
    """The region against its control over `pictures`: `margin` is the difference of the changes of the
    margin; `flips` and `control_flips` the shares of answers that turned, and `flip` their difference."""

    margin: Gap
    flips: float
    control_flips: float
    flip: Gap
    pictures: int


@dataclass(frozen=True)
class Result:
    """What the interventions say of a cluster. `moved` is how much of the margin lost comes back with the
    region's content at another place, minus nothing. `p` belongs to the weakest of the three differences, and
    `corrected` is p after Holm. NaN, and no shortcut, where too few pictures could be tried."""

    cluster: Cluster
    out: Effect
    moved: Gap
    pasted: Effect
    beyond: Effect
    p: float
    corrected: float

    @property
    def effects(self) -> tuple[Effect, Effect, Effect]:
        """The three that have to beat their control."""
        return self.out, self.pasted, self.beyond

    @property
    def shortcut(self) -> bool:
        """Whether all three controls were beaten, after correction."""
        positive = all(effect.margin.mean > 0 for effect in self.effects)
        return bool(positive and self.corrected < LEVEL)


def results_of(clusters: Sequence[Cluster], trials: pd.DataFrame, dataset: Dataset) -> tuple[Result, ...]:
    """The verdicts on all clusters, from the table of trials."""
    photographs = {example.name: example.photographs for example in dataset.examples}
    count, raw = len(clusters), []
    for cluster in clusters:
        own = trials[trials["cluster"] == cluster.number]
        out, moved = _out(own[own["kind"] == OUT], photographs, count)
        pasted, beyond = _pasted(own[own["kind"] == PASTE], photographs, count)
        raw.append((cluster, out, moved, pasted, beyond))
    p = np.array([_largest(out, pasted, beyond) for _, out, _, pasted, beyond in raw])
    together = zip(raw, p, holm(p), strict=True)
    return tuple(Result(*facts, float(own), float(corrected)) for facts, own, corrected in together)


def _largest(*effects: Effect) -> float:
    return float(np.max([effect.margin.p for effect in effects]))  # NaN where one is


def _wide(rows: pd.DataFrame, values: str) -> pd.DataFrame:
    """A line for each trial, a column for each edit."""
    return rows.pivot(index="trial", columns="edit", values=values).astype(float)


def lost(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Of the trials "out": the margin that each loses without the region, (n,), and without each of the
    controls, (n, C)."""
    margins = _wide(rows, "margin")
    controls = [name for name in margins.columns if name.startswith("out_")]
    whole = margins["whole"].to_numpy()
    return whole - margins["out"].to_numpy(), whole[:, None] - margins[controls].to_numpy()


def _out(rows: pd.DataFrame, photographs: dict[str, tuple[str, ...]], questions: int) -> tuple[Effect, Gap]:
    if rows.empty:
        return _nothing(), paired(np.zeros(0), np.zeros(0))
    region, controls = lost(rows)
    held = [photographs[name] for name in _names(rows, "image")]
    hits, margins = _wide(rows, "hit"), _wide(rows, "margin")
    names = [name for name in hits.columns if name.startswith("out_")]
    right = hits["whole"].to_numpy() == 1
    flips, control = 1 - hits["out"].to_numpy(), 1 - hits[names].to_numpy().mean(1)
    own = [one for one, kept in zip(held, right, strict=True) if kept]
    effect = _effect(
        paired(region, controls.mean(1), held, questions), flips[right], control[right], own, questions
    )
    back = margins["moved"].to_numpy() - margins["out"].to_numpy()
    return effect, paired(back, np.zeros(len(back)), held, questions)


def _pasted(
    rows: pd.DataFrame, photographs: dict[str, tuple[str, ...]], questions: int
) -> tuple[Effect, Effect]:
    if rows.empty:
        return _nothing(), _nothing()
    margins, hits = _wide(rows, "margin"), _wide(rows, "hit")
    both = zip(_names(rows, "image"), _names(rows, "donor"), strict=True)
    held = [(*photographs[image], *photographs[donor]) for image, donor in both]
    made = []
    for name in ("control", "ordinary"):
        gap = paired(margins["pasted"].to_numpy(), margins[name].to_numpy(), held, questions)
        made.append(_effect(gap, hits["pasted"].to_numpy(), hits[name].to_numpy(), held, questions))
    return made[0], made[1]


def _names(rows: pd.DataFrame, column: str) -> list[str]:
    """Of each trial, in the order of `_wide`."""
    return rows.groupby("trial")[column].first().tolist()


def _effect(
    gap: Gap, flips: np.ndarray, control: np.ndarray, held: Sequence[Collection[str]], questions: int
) -> Effect:
    shares = [float(one.mean()) if len(one) else float("nan") for one in (flips, control)]
    return Effect(gap, shares[0], shares[1], paired(flips, control, held, questions), gap.pictures)


def _nothing() -> Effect:
    nan, gap = float("nan"), paired(np.zeros(0), np.zeros(0))
    return Effect(gap, nan, nan, gap, 0)


def affected_in(rows: pd.DataFrame, usual: float) -> pd.DataFrame:
    """Of the trials "out" those whose picture loses more by the region than by every control, and at least
    HALF of `usual`, the median loss in the cluster: number, image, lost, flipped."""
    if rows.empty:
        return pd.DataFrame(columns=["number", "image", "lost", "flipped"])
    region, controls = lost(rows)
    hits = _wide(rows, "hit")
    flipped = (hits["whole"] == 1) & (hits["out"] == 0)
    first = rows.groupby("trial")[["number", "image"]].first()
    table = first.assign(lost=region, flipped=flipped.to_numpy())
    held = (region > controls.max(1)) & (region >= HALF * usual)
    return table[held].sort_values("lost", ascending=False, kind="stable").reset_index(drop=True)
