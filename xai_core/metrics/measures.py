"""The metrics that a dataset can be measured with, by name: each a number for one map of one picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..engine.explain import explain_many
from ..types import Request
from . import localization
from .case import Case, boxed
from .fidelity import fidelity
from .qualities import QUALITIES
from .road import road
from .sensitivity import infidelity, max_sensitivity

SHARES = tuple(range(5, 100, 5))  # per cent of the maximum; a box at p per cent is measured as "iou@p"


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


def _sensitivity(case: Case) -> float:
    """0 for a map that does not look at the picture."""
    return 0.0 if case.request is None else max_sensitivity(case.handle, case.image, case.request)


MEASURES: dict[str, Callable[[Case], float]] = {
    "correct": lambda case: float(case.scores[0].index in case.targets),
    "correct_top5": lambda case: float(any(s.index in case.targets for s in case.scores)),
    "predicted": lambda case: float(case.scores[0].index),
    "confidence": lambda case: case.scores[0].probability,
    "iou": boxed(_iou),
    **{f"iou@{percent}": boxed(partial(_iou, percent=percent)) for percent in SHARES},
    "localization_error": boxed(lambda case: _error(case, 1)),
    "localization_error_top5": boxed(lambda case: _error(case, 5)),
    "distance": boxed(lambda case: localization.distance(case.values, case.boxes)),
    "pointing": boxed(lambda case: float(localization.pointing(case.values, case.boxes))),
    "energy": boxed(lambda case: localization.energy(case.values, case.boxes)),
    "activated_share": boxed(lambda case: localization.activated_share(case.values, case.boxes)),
    "maximum": lambda case: float(case.values.max()),
    "concentration": lambda case: localization.map_shape(case.values).concentration,
    "offset": lambda case: localization.map_shape(case.values).offset,
    "edge": lambda case: localization.map_shape(case.values).edge,
    "insertion": lambda case: case.curves.insertion_auc,
    "deletion": lambda case: case.curves.deletion_auc,
    "fidelity": lambda case: fidelity(case.handle, case.image, case.e).drop,
    "road": lambda case: road(case.handle, case.image, case.e).combined,
    "infidelity": lambda case: infidelity(case.handle, case.image, case.e).value,
    "max_sensitivity": _sensitivity,
    **{quality.key: quality.value for quality in QUALITIES},
}

# a localization error runs it too, where another right class than the explained one was answered
RUN_THE_NETWORK = frozenset(
    {"insertion", "deletion", "fidelity", "road", "infidelity", "max_sensitivity"}
    | {quality.key for quality in QUALITIES if quality.runs_the_network}
)
