"""Whether maps find objects better than who has not looked, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from xai_core.evaluation.evaluate import CENTRE, CHANCE
from xai_core.metrics.paired import paired

from ..widgets import versus
from ..widgets.versus import Held

CONTROLS = {CENTRE: "a bump in the middle", CHANCE: "noise"}


def held(
    found: pd.DataFrame, measure: str, photographs: Mapping[str, Collection[str]], labels: Mapping[str, str]
) -> tuple[list[Held], str]:
    """Every map of the lines `found` (image, method, measures; larger is better) against the control that
    does better, and what that control is called."""
    table = found.pivot(index="image", columns="method", values=measure)
    means = table.mean()
    control = max(CONTROLS, key=lambda name: means[name])
    seeing = [m for m in found["method"].unique() if m not in CONTROLS]
    shared = [photographs[image] for image in table.index]
    base = table[control].to_numpy(float)
    rows = [
        Held(
            labels[m],
            float(np.nanmean(table[m])) if table[m].notna().any() else float("nan"),
            float(means[control]),
            paired(table[m].to_numpy(float), base, shared, len(seeing)),
        )
        for m in seeing
    ]
    return rows, CONTROLS[control]


def headline(held: Sequence[Held], control: str, measure: str, dataset: str) -> tuple[str, str]:
    """The finding, and how its intervals count."""
    kind = "mosaics" if dataset == "mosaics" else "pictures"
    widest = max(held, key=lambda one: one.gap.pictures)
    return versus.headline(held, control, measure), versus.counted(widest.gap, kind, len(held))
