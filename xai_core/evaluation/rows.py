"""The rows of one picture: each of its maps measured with each metric."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

from ..engine.looked import Answered
from ..metrics.case import Case
from ..metrics.insertion import chance
from ..metrics.localization import centre_gaussian
from ..metrics.measures import MEASURES
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..types import Explanation
from .groups import Picture
from .plan import CENTRE, CHANCE, COLUMNS, UNSEEING, Plan

Row = dict[str, object]


def rows_of(
    handle: ModelHandle,
    plan: Plan,
    picture: Picture,
    answered: Answered,
    found: Sequence[Explanation],
    steps: Progress,
) -> list[Row]:
    """`found` are the maps of `plan.requests`. `steps` is asked before each method. Raises InputError for a
    map that cannot be measured, Cancelled."""
    maps = dict(zip(plan.seeing, found, strict=False)) | {
        name: _unseeing(found[0], name) for name in plan.methods if name in UNSEEING
    }
    rows = []
    for name in plan.methods:
        steps.check()
        case = Case(handle, picture.image, picture.example.targets, answered.scores, maps[name])
        for metric in plan.metrics:
            start = time.perf_counter()
            value = float(MEASURES[metric](case))
            spent = maps[name].seconds + time.perf_counter() - start
            facts = (picture.example.name, name, metric, value, answered.target)
            values = (*facts, maps[name].probability, spent)
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def _unseeing(e: Explanation, name: str) -> Explanation:
    """The map of one that has not looked at the picture, with the facts of one that has."""
    if name == CHANCE:
        return dataclasses.replace(chance(e), seconds=0.0, forwards=0)
    return dataclasses.replace(
        chance(e), heatmap=centre_gaussian(e.view_size), method=CENTRE, seconds=0.0, forwards=0
    )
