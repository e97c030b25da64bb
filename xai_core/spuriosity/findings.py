"""What a search found, as frozen results and as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..evaluation.predictions import Accuracy, accuracy
from .planning import ClassMaps, Cluster
from .search import Search
from .trials import OUT
from .verdicts import Result, affected_in, lost


@dataclass(frozen=True, eq=False)
class Affected:
    """The pictures of a class that a shortcut affects: `table` has number, image, lost (margin without the
    region), flipped. `every` is the accuracy over the class, `without` over its other pictures, None where
    there are none; `repaired` over the affected pictures with the region taken out, None for none."""

    cluster: Cluster
    table: pd.DataFrame
    every: Accuracy
    without: Accuracy | None
    repaired: Accuracy | None


@dataclass(frozen=True, eq=False)
class Findings:
    """`maps` is the table of the first stage; `results` has the verdict on every cluster that could be tried;
    `affected` belongs to the shortcuts, in their order; `failed` are pictures without a map, and why."""

    search: Search
    maps: pd.DataFrame
    classes: tuple[ClassMaps, ...]
    results: tuple[Result, ...]
    affected: tuple[Affected, ...]
    failed: tuple[tuple[str, str], ...]

    @property
    def shortcuts(self) -> tuple[Result, ...]:
        """The clusters whose region beat all its controls."""
        return tuple(one for one in self.results if one.shortcut)

    def clusters_table(self) -> pd.DataFrame:
        """A line for each cluster that was tried."""
        return pd.DataFrame([_line(one, self.classes[one.cluster.of].label) for one in self.results])

    def pictures_table(self) -> pd.DataFrame:
        """A line for each affected picture: class, cluster, image, lost, flipped; the same picture once for
        each shortcut."""
        columns = ["class", "cluster", "image", "lost", "flipped"]
        parts = []
        for one in self.affected:
            part = one.table.copy()
            part["class"], part["cluster"] = self.classes[one.cluster.of].label, one.cluster.rank + 1
            parts.append(part)
        return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _line(one: Result, label: str) -> dict[str, object]:
    line: dict[str, object] = {
        "class": label,
        "cluster": one.cluster.rank + 1,
        "pictures": one.cluster.size,
        "region": one.cluster.place.words,
        "shortcut": one.shortcut,
        "p": one.p,
        "p_holm": one.corrected,
    }
    for name, effect in zip(("out", "pasted", "beyond"), one.effects, strict=True):
        line |= {
            name: effect.margin.mean,
            f"{name}_low": effect.margin.low,
            f"{name}_high": effect.margin.high,
            f"{name}_flips": effect.flips,
            f"{name}_control_flips": effect.control_flips,
        }
    return line | {"moved": one.moved.mean, "moved_low": one.moved.low, "moved_high": one.moved.high}


def affected_of(
    cluster: Cluster, one: ClassMaps, maps: pd.DataFrame, tried: pd.DataFrame, looked: pd.DataFrame
) -> Affected:
    """The pictures that a shortcut affects, and the accuracy that is left without them."""
    usual = float(np.median(lost(_outs(tried, cluster))[0]))
    rows = _outs(looked, cluster)
    table = affected_in(rows, usual)
    own = maps[maps["label"] == one.label]
    rest = own[~own["number"].isin(table["number"])]
    out = rows[(rows["edit"] == "out") & rows["number"].isin(table["number"])]
    return Affected(
        cluster,
        table,
        accuracy(own["correct"].tolist()),
        accuracy(rest["correct"].tolist()) if len(rest) else None,
        accuracy(out["hit"].tolist()) if len(out) else None,
    )


def _outs(rows: pd.DataFrame, cluster: Cluster) -> pd.DataFrame:
    return rows[(rows["cluster"] == cluster.number) & (rows["kind"] == OUT)]
