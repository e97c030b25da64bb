"""Drawn pictures as a probing set, and their filled shapes as concepts with masks.

Each picture has one filled shape, among empty outlines of any form. The concepts are the eight forms, and
"filled shape" for whichever it is. A unit that answers to outlines as much as to filled shapes covers these
masks no better than chance does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from ..inputs.shapes import LABELS, draw, drawn_name, key_of
from ..types import ImageInput
from .probing import ProbingSet
from .textures import Masked

ANY = "filled shape"
SHAPES = (*LABELS, ANY)
PICTURES = 200
SIDE = 128  # pixels: half of what is shown elsewhere, which is drawn six times as fast


@cache
def drawn() -> ProbingSet:
    """The drawn pictures with the numbers from 0 to 199."""
    return ProbingSet("shapes", [partial(_picture, number) for number in range(PICTURES)])


def masked(names: Sequence[str], number: int) -> Masked:
    """Drawn picture `number` with those of its masks that bear one of the names."""
    found = draw(number, side=SIDE)
    (label,), (mask,) = found.labels, found.masks
    return Masked(_picture(number), {name: mask for name in (label, ANY) if name in names})


def _picture(number: int) -> ImageInput:
    found = draw(number, side=SIDE)
    return ImageInput(found.pixels, name=drawn_name(key_of(number), found.labels))
