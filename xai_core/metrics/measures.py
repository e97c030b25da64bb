"""The metrics that a dataset can be measured with, by name: each a number for one map of one picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from ..engine.explain import explain_many
from ..inputs.views import view_boxes
from ..methods import METHODS
from ..network.handle import ModelHandle
from ..types import Box, ClassScore, Explanation, ImageInput, Request
from . import localization
from .fidelity import fidelity
from .insertion import Curves, curves
from .road import road
from .sensitivity import infidelity, max_sensitivity

SUPERPIXELS = 8  # a side of the grid on which insertion and deletion are measured
SHARES = tuple(range(5, 100, 5))  # per cent of the maximum; a box at p per cent is measured as "iou@p"


@dataclass(frozen=True)
class Case:
    """One map of one picture: the right classes, the first five predictions, and the map."""

    handle: ModelHandle
    image: ImageInput
    targets: tuple[int, ...]
    scores: tuple[ClassScore, ...]
    e: Explanation

    @cached_property
    def values(self) -> np.ndarray:
        """The map on the input grid."""
        return self.e.upsampled()

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """The true boxes on the input grid."""
        return view_boxes(self.image, self.handle.grid)

    @cached_property
    def _found(self) -> dict[float, Box | None]:
        return {}

    def box(self, share: float = localization.SHARE) -> Box | None:
        """The map's own box, found once for each share of the maximum."""
        if share not in self._found:
            self._found[share] = localization.box_of(self.values, share)
        return self._found[share]


def _iou(case: Case, percent: float = 100 * localization.SHARE) -> float:
    return localization.best_iou(case.box(percent / 100), case.boxes)


def _error(case: Case, first: int) -> float:
    """1 where ILSVRC counts an error: no right class among the `first`, or its map's box overlaps too
    little."""
    index = next((s.index for s in case.scores[:first] if s.index in case.targets), None)
    if index is None:
        return 1.0
    found = case.box()
    if index != case.e.target and case.e.method not in ("centre", "chance"):
        wanted = Request(case.e.method, index, case.e.layer, case.e.params, case.e.seed)
        found = localization.box_of(explain_many(case.handle, case.image, [wanted])[0].upsampled())
    return float(not localization.localized(found, case.boxes))


def _curves(case: Case) -> Curves:
    return curves(case.handle, case.image, case.e, max(1, min(case.handle.input_size) // SUPERPIXELS))


def _sensitivity(case: Case) -> float:
    """0 for a map that does not look at the picture."""
    e = case.e
    if e.method not in METHODS:
        return 0.0
    return max_sensitivity(case.handle, case.image, Request(e.method, e.target, e.layer, e.params, e.seed))


def _boxed(measure: Callable[[Case], float]) -> Callable[[Case], float]:
    """NaN for a picture without a box."""
    return lambda case: measure(case) if case.boxes else float("nan")


MEASURES: dict[str, Callable[[Case], float]] = {
    "correct": lambda case: float(case.scores[0].index in case.targets),
    "correct_top5": lambda case: float(any(s.index in case.targets for s in case.scores)),
    "predicted": lambda case: float(case.scores[0].index),
    "confidence": lambda case: case.scores[0].probability,
    "iou": _boxed(_iou),
    **{f"iou@{percent}": _boxed(partial(_iou, percent=percent)) for percent in SHARES},
    "localization_error": _boxed(lambda case: _error(case, 1)),
    "localization_error_top5": _boxed(lambda case: _error(case, 5)),
    "distance": _boxed(lambda case: localization.distance(case.values, case.boxes)),
    "pointing": _boxed(lambda case: float(localization.pointing(case.values, case.boxes))),
    "energy": _boxed(lambda case: localization.energy(case.values, case.boxes)),
    "activated_share": _boxed(lambda case: localization.activated_share(case.values, case.boxes)),
    "maximum": lambda case: float(case.values.max()),
    "concentration": lambda case: localization.map_shape(case.values).concentration,
    "offset": lambda case: localization.map_shape(case.values).offset,
    "edge": lambda case: localization.map_shape(case.values).edge,
    "insertion": lambda case: _curves(case).insertion_auc,
    "deletion": lambda case: _curves(case).deletion_auc,
    "fidelity": lambda case: fidelity(case.handle, case.image, case.e).drop,
    "road": lambda case: road(case.handle, case.image, case.e).combined,
    "infidelity": lambda case: infidelity(case.handle, case.image, case.e).value,
    "max_sensitivity": _sensitivity,
}

# a localization error runs it too, where another right class than the explained one was answered
RUN_THE_NETWORK = frozenset({"insertion", "deletion", "fidelity", "road", "infidelity", "max_sensitivity"})
