"""A place on a picture, in shares of its width and height: what a presenter points at, and what people guess.

Mark(0.5, 0.25)                    a point in the middle of the upper half
Mark(0.2, 0.1, 0.6, 0.4)           a box, from its upper left to its lower right corner"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from ..types import InputError


@dataclass(frozen=True)
class Mark:
    """A point (x, y), or the box from (x, y) to (x1, y1). Raises InputError for what does not lie in the
    picture, 0..1 in both directions, and for a box without area."""

    x: float
    y: float
    x1: float | None = None
    y1: float | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.x, self.y, self.x1, self.y1) if value is not None]
        inside = all(isinstance(v, (int, float)) and math.isfinite(v) and 0 <= v <= 1 for v in given)
        if not inside or len(given) == 3:
            raise InputError(f"The mark is {given}; shares of the picture from 0 to 1 are accepted.")
        if self.x1 is not None and self.y1 is not None and not (self.x < self.x1 and self.y < self.y1):
            raise InputError(
                f"The box is {given}; its second corner lies to the right of and below the first."
            )

    @property
    def is_box(self) -> bool:
        """Whether it is a box."""
        return self.x1 is not None


def write_mark(mark: Mark | None) -> str:
    """As text for a database; "" for none."""
    return "" if mark is None else json.dumps([mark.x, mark.y, *([mark.x1, mark.y1] if mark.is_box else [])])


def read_mark(text: str) -> Mark | None:
    """The way back."""
    return Mark(*json.loads(text)) if text else None
