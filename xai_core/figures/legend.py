"""The colour bar of a map: its colours as they appear, the two ends in numbers and words, and what else must
be said so that the bar is true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..direction import ends
from ..types import Explanation
from .forms import SHARES, bar, contour_colours
from .look import CONTOURS, Look
from .scale import Scale

SAME = "larger values have the same colour"


@dataclass(frozen=True, eq=False)
class Legend:
    """`colours` is uint8 (n, 3), the low end first; `low`, `middle` and `high` stand under the bar, and
    `note` under them. `middle` and `note` may be empty."""

    colours: np.ndarray
    low: str
    middle: str
    high: str
    note: str = ""

    def pixels(self, width: int, height: int = 1) -> np.ndarray:
        """uint8 (height, width, 3), the low end on the left."""
        places = np.minimum(np.arange(width) * len(self.colours) // width, len(self.colours) - 1)
        return np.broadcast_to(self.colours[places], (height, width, 3))


def legend(e: Explanation, look: Look, scale: Scale) -> Legend:
    """The bar of one map that is drawn on this scale."""
    down, up = ends(e)
    if look.form == CONTOURS:
        return _lines(look, e.signed, down, up)
    return Legend(
        bar(look, e.signed, scale),
        _joined(plain(scale.low), down),
        "0" if scale.low < 0 < scale.high else "",
        _joined(up, plain(scale.high)),
        scale_note(scale),
    )


def values_legend(look: Look, scale: Scale) -> Legend:
    """The bar of values that are no map of a class and never negative."""
    if look.form == CONTOURS:
        return _lines(look, signed=False)
    return Legend(bar(look, False, scale), plain(scale.low), "", plain(scale.high))


def scale_note(scale: Scale) -> str:
    """What a reader of the bar must know besides its ends; "" if nothing."""
    whose = "the map" if scale.maps == 1 else f"these {scale.maps} maps"
    parts = [f"one scale for {scale.maps} maps"] if scale.maps > 1 else []
    if scale.clipped:
        parts.append(f"ends at the {scale.percentile:.0f}th percentile of {whose}: {SAME}")
    said = "; ".join(parts)
    return said[:1].upper() + said[1:]


def plain(value: float) -> str:
    """A number in three significant digits, with a true minus sign."""
    return f"{value:.3g}".replace("-", "−")


def _lines(look: Look, signed: bool, down: str = "", up: str = "") -> Legend:
    """Of contours: a block for each line, the strongest at the end."""
    colours = look.scale_of(signed)
    table = [*contour_colours(colours, low=True)] if signed else []
    table += contour_colours(colours, low=False)[::-1]
    shares = [f"{100 * share:.0f} %" for share in SHARES]
    low, middle = (shares[0], shares[-1]) if signed else (shares[-1], shares[1])
    return Legend(
        np.array(table),
        _joined(low, down),
        middle,
        _joined(up, shares[0]),
        "Lines around the strongest 5, 10 and 20 % of the picture, after a blur",
    )


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))
