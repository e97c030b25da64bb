"""What became of the answer and of the map under attack, in words."""

from __future__ import annotations

from xai_core.metrics.robustness import MapShift
from xai_core.types import ClassScore

from ..widgets.layout import percent

SAME, OTHER = 0.8, 0.4  # rank correlations at which a map counts as having stayed, and as having moved


def answer(name: str, before: ClassScore, after: ClassScore, success: bool) -> str:
    """What became of the answer."""
    start, end = (
        f"{before.label} ({percent(before.probability)})",
        f"{after.label} ({percent(after.probability)})",
    )
    if success:
        return f"{name} turned {start} into {end}."
    if after.index != before.index:
        return f"{name} did not reach the class asked for, but the answer changed from {start} to {end}."
    return (
        f"{name} failed: the answer is still {after.label}, at {percent(after.probability)} instead of "
        f"{percent(before.probability)}."
    )


def map_moved(moved: MapShift, changed: bool) -> str:
    """What became of the map of the class before, and whether the answer changed with it."""
    if moved.rank != moved.rank:
        return "One of the maps is flat, so nothing can be said."
    if moved.rank >= SAME:
        also = "although the answer changed" if changed else "and so did the answer"
        return f"The map stayed where it was, {also}."
    also = "so did the answer" if changed else "although the answer stayed"
    if moved.rank < OTHER:
        return f"The map changed to another one, {also}."
    return f"The map changed in part, {also}."


def maxima(distance: float, side: int) -> str:
    """How far apart the maxima of two maps are."""
    return "none: a map is flat" if distance != distance else f"{distance:.0f} of {side} pixels"


def attacks(succeeded: int, count: int) -> str:
    """How many of several attacks succeeded."""
    if not count:
        return "No attack was made."
    return f"{succeeded} of {count} attacks succeeded."
