"""The headline and the sentence of Overview, from numbers alone."""

from __future__ import annotations

from collections.abc import Sequence

import xai_core as xai

from ..widgets.layout import percent

NEAR = 0.5  # of the first class's probability, beyond which the second follows closely
NARROW, WIDE = 0.15, 0.3  # of the area that holds half of a map


def heading(scores: Sequence[xai.ClassScore], target: xai.ClassScore) -> str:
    """The page's title: the answer, and beside it the class that is shown where that is another one.
    `scores` are all classes, best first. `pages/overview.py` calls it."""
    first = scores[0]
    answer = f"Answer: {first.label} {percent(first.probability)}"
    if target.index == first.index:
        return answer
    return f"{answer} · shown: {target.label} {percent(target.probability)}"


def sentence(
    network: str, scores: Sequence[xai.ClassScore], label: str, method: str, place: str, half_area: float
) -> str:
    """What the network says, and where the map of `label` points; `place` and `half_area` as in
    `xai_core.figures.describe.Summary`. `pages/overview.py` calls it."""
    first, second = scores[:2]
    said = f"{network} says {first.label} ({percent(first.probability)})"
    if second.probability > NEAR * first.probability:
        said += f", closely followed by {second.label} ({percent(second.probability)})"
    spread = "concentrated" if half_area < NARROW else "spread out" if half_area > WIDE else "moderately wide"
    return (
        f"{said}. For {label}, {method} points {place} of the picture; the map is {spread}: half of it lies "
        f"on {percent(half_area)} of the area."
    )
