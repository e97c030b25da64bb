"""A map in numbers and in plain words, for captions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import Explanation

_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "centre", "right")


@dataclass(frozen=True)
class Summary:
    """`peak` (x, y) and `centre` (x, y) of the positive part, as fractions of the picture's width and height;
    `place` names the ninth of the picture that holds the peak; `half_area` is the smallest share of the
    picture that holds half of the positive part: small is concentrated, 0.5 is spread evenly."""

    peak: tuple[float, float]
    centre: tuple[float, float]
    place: str
    half_area: float


def summarise(e: Explanation) -> Summary | None:
    """Where the positive part of the map lies and how concentrated it is; None if there is no positive
    part.
    """
    positive = np.maximum(e.upsampled().astype(np.float64), 0)
    total = positive.sum()
    if not total > 0:
        return None
    rows, columns = positive.shape
    y, x = np.unravel_index(int(positive.argmax()), positive.shape)
    peak = (x + 0.5) / columns, (y + 0.5) / rows
    centre = (
        float((positive.sum(0) * (np.arange(columns) + 0.5)).sum() / total / columns),
        float((positive.sum(1) * (np.arange(rows) + 0.5)).sum() / total / rows),
    )
    shares = np.cumsum(np.sort(positive, axis=None)[::-1]) / total
    half = (int(np.searchsorted(shares, 0.5)) + 1) / positive.size
    return Summary((float(peak[0]), float(peak[1])), centre, _place(*peak), half)


def _place(x: float, y: float) -> str:
    row, column = _ROWS[min(int(y * 3), 2)], _COLUMNS[min(int(x * 3), 2)]
    if row == "middle":
        return "in the centre" if column == "centre" else f"on the {column}"
    return f"at the {row}" if column == "centre" else f"at the {row} {column}"
