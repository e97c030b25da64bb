"""What a person says about their own classifier, checked: its class names and how it wants its pictures."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from ..inputs.views import InputGrid
from ..types import InputError

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CROP = 0.875  # of the resized picture, where `resize` is not given
SIDES = (16, 1024)
MAX_CLASSES = 100_000
LARGEST = 1_000_000  # mean and deviation of a channel; nobody scales pictures by more
_SURROGATE = re.compile("[\ud800-\udfff]")  # can stand in JSON, and in no page
YES_NO = ("positive", "negative")  # the two readings of one output without a name


def labels_in(data: bytes) -> tuple[str, ...]:
    """The class names of a text file, one a line. Raises InputError for what is no text."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputError(
            "The file of class names is no text; one name a line, in UTF-8, is accepted."
        ) from None
    return tuple(line.strip() for line in lines if line.strip())


def labels_of(labels: Sequence[str] | int) -> tuple[tuple[str, ...], bool]:
    """The class names, and whether the network has one output, which then has two names: what it is for, and
    what is against it. Raises InputError."""
    if labels == 1 and isinstance(labels, int):
        return YES_NO, True
    if isinstance(labels, int) and 2 <= labels <= MAX_CLASSES:
        return tuple(f"class {index}" for index in range(labels)), False
    if not isinstance(labels, (list, tuple)) or not all(isinstance(name, str) and name for name in labels):
        raise InputError(f"labels is {labels!r}; names, or a number from 1 to {MAX_CLASSES:,}, are accepted.")
    unwritable = next((name for name in labels if _SURROGATE.search(name)), None)
    if unwritable is not None:
        raise InputError(f"The class {unwritable!r} has half a character in it; Unicode text is accepted.")
    if not 1 <= len(labels) <= MAX_CLASSES:
        raise InputError(f"The list of classes has {len(labels):,} names; 1 to {MAX_CLASSES:,} are accepted.")
    label, count = Counter(labels).most_common(1)[0]
    if count > 1:
        raise InputError(f"The class {label!r} is named {count} times; every name once is accepted.")
    if len(labels) == 1:
        return (labels[0], f"not {labels[0]}"), True
    return tuple(labels), False


def grid_of(
    mean: Sequence[float] | float,
    std: Sequence[float] | float,
    size: int | tuple[int, int],
    resize: int | None,
    interpolation: str,
) -> InputGrid:
    """How pictures are brought to the network's input; one number for `mean` or `std` serves all channels.
    Raises InputError."""
    low, high = SIDES
    sides = tuple(size) if isinstance(size, (list, tuple)) else (size, size)
    if len(sides) != 2 or not all(isinstance(side, int) and low <= side <= high for side in sides):
        raise InputError(
            f"size is {size!r}; a whole number from {low} to {high}, or two of them, height and width, are "
            "accepted."
        )
    short = min(sides)
    resize = round(short / CROP) if resize is None else resize
    if not isinstance(resize, int) or not short <= resize <= 2 * high:
        raise InputError(f"resize is {resize!r}; a whole number from {short} to {2 * high} is accepted.")
    if interpolation not in ("bilinear", "bicubic"):
        raise InputError(f"interpolation is {interpolation!r}; accepted are bilinear and bicubic.")
    mean, std = _three(mean, "mean", -math.inf), _three(std, "std", 0.0)
    return InputGrid((sides[0], sides[1]), resize, interpolation, mean, std)


def _three(given: Sequence[float] | float, title: str, least: float) -> tuple[float, float, float]:
    values = (given,) * 3 if isinstance(given, (int, float)) else tuple(given)
    if len(values) != 3 or not all(least < value <= LARGEST and value >= -LARGEST for value in values):
        sign = " above 0" if title == "std" else ""
        raise InputError(f"{title} is {given!r}; one number{sign} up to {LARGEST:,}, or three, are accepted.")
    first, second, third = map(float, values)
    return first, second, third
