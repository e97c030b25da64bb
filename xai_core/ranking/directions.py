"""Which way a metric is better. A metric that only describes a map ranks nothing."""

from __future__ import annotations

from ..metrics.measures import MEASURES, SHARES
from ..metrics.qualities import HIGHER, LOWER, QUALITIES
from ..types import InputError

_IOU = ("iou", *(f"iou@{percent}" for percent in SHARES))
BOXED = (
    *_IOU,
    "localization_error",
    "localization_error_top5",
    "distance",
    "pointing",
    "energy",
    "activated_share",
    "rank_accuracy",
)  # NaN for a picture without a box
_LARGER = (*_IOU, "pointing", "energy", "activated_share", "insertion", "fidelity", "road")
_SMALLER = (
    "localization_error",
    "localization_error_top5",
    "distance",
    "deletion",
    "infidelity",
    "max_sensitivity",
)
SIGN: dict[str, int] = {
    **dict.fromkeys(_LARGER, 1),
    **dict.fromkeys(_SMALLER, -1),
    **{q.key: 1 if q.better == HIGHER else -1 for q in QUALITIES if q.better in (HIGHER, LOWER)},
}
_LABELS = {"iou": "IoU", "road": "ROAD", **{quality.key: quality.label for quality in QUALITIES}}


def sign_of(metric: str) -> int:
    """1 where larger values are better, -1 where smaller ones are. Raises InputError for a metric that does
    not exist or that only describes."""
    if metric in SIGN:
        return SIGN[metric]
    listed = ", ".join(name for name in SIGN if "@" not in name)
    if metric in MEASURES:
        raise InputError(
            f"The metric {metric!r} does not say which of two maps is better; those that do are {listed}."
        )
    raise InputError(f"There is no metric {metric!r}; there are {listed}.")


def label_of(metric: str) -> str:
    """What a metric is called in a report: "Insertion"."""
    return _LABELS.get(metric, metric.replace("_", " ").capitalize())
