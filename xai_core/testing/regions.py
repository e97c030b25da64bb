"""Regions of a picture as the network sees it, by name or as boxes in fractions of its sides.

"top_right"                 a quarter of each side in that corner
"border"                    the outer tenth of each side
"0.7 0.7 1 1"               left, top, right, bottom; several are separated by commas"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..inputs.images import load_image
from ..metrics.localization import mask_of
from ..types import Box, ImageInput, InputError

CORNER, EDGE = 0.25, 0.1
Fractions = tuple[float, float, float, float]
NAMED: dict[str, tuple[Fractions, ...]] = {
    "top_left": ((0, 0, CORNER, CORNER),),
    "top_right": ((1 - CORNER, 0, 1, CORNER),),
    "bottom_left": ((0, 1 - CORNER, CORNER, 1),),
    "bottom_right": ((1 - CORNER, 1 - CORNER, 1, 1),),
    "border": (
        (0, 0, 1, EDGE),
        (0, 1 - EDGE, 1, 1),
        (0, EDGE, EDGE, 1 - EDGE),
        (1 - EDGE, EDGE, 1, 1 - EDGE),
    ),
}


def region_text(given: str | Sequence[float] | Sequence[Sequence[float]]) -> str:
    """The region in the one form in which it is kept: a name, or boxes in a line. Raises InputError."""
    if isinstance(given, str):
        text = given.strip()
    else:
        rows: list[Any] = [given] if not given or _number(given[0]) else list(given)
        text = ", ".join(" ".join(f"{v:g}" if _number(v) else repr(v) for v in row) for row in rows)
    fractions(text)
    return text


def fractions(text: str) -> tuple[Fractions, ...]:
    """The boxes of a region, in fractions of the sides. Raises InputError."""
    if text in NAMED:
        return NAMED[text]
    found = []
    for part in text.split(","):
        try:
            left, top, right, bottom = map(float, part.split())
        except ValueError:
            raise InputError(_refusal(text)) from None
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise InputError(_refusal(text))
        found.append((left, top, right, bottom))
    return tuple(found)


def boxes_of(text: str, size: tuple[int, int]) -> tuple[Box, ...]:
    """The region on a grid of `size` (H, W)."""
    height, width = size
    return tuple(Box("", a * width, b * height, c * width, d * height) for a, b, c, d in fractions(text))


def mask_of_region(text: str, size: tuple[int, int]) -> np.ndarray:
    """bool (H, W). Raises InputError for a region that is smaller than a pixel or covers everything."""
    mask = mask_of(boxes_of(text, size), size)
    if not mask.any() or mask.all():
        raise InputError(f"The region {text!r} covers none or all of the picture; a part of it is accepted.")
    return mask


def stamped(image: ImageInput, stamp: str, region: str) -> ImageInput:
    """The picture, which lies on the input grid, with the file `stamp` in each box of the region."""
    pixels = np.array(image.pixels)
    mark = Image.fromarray(load_image(Path(stamp)).pixels)
    for box in boxes_of(region, (pixels.shape[0], pixels.shape[1])):
        top, left, bottom, right = round(box.y0), round(box.x0), round(box.y1), round(box.x1)
        if bottom > top and right > left:
            pixels[top:bottom, left:right] = np.asarray(mark.resize((right - left, bottom - top)))
    return ImageInput(pixels, "squash", image.name)


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _refusal(text: str) -> str:
    return (
        f"The region is {text!r}; accepted are {', '.join(NAMED)}, and boxes as left, top, right and bottom "
        "in fractions of the picture, such as 0.7 0.7 1 1."
    )
