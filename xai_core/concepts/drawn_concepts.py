"""Concepts drawn without any data: pictures of a texture, a colour or a shape, and random ones beside them.

A texture has any two colours, and a colour any texture, so that the one does not stand for the other. The
random pictures are drawn in the same way with any texture and any colours (shapes: any shape). Photographs
would not do: a direction from photographs to drawings says what a drawing is, whatever it shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

import numpy as np

from ..inputs.shapes import LABELS, draw, drawn_name, key_of
from ..types import ImageInput, InputError
from .colours import COLOURS, colour_indices
from .textures import TEXTURES, textured, tinted

SURFACES = (*TEXTURES, *COLOURS)
SHAPES = LABELS
NAMES = (*SURFACES, *SHAPES)
APART = 10_000  # random pictures are numbered from here on, so that none is a concept's
SIDE = 128  # of drawn shapes


def concept_pictures(name: str, pictures: int, first: int = 0) -> list[ImageInput]:
    """So many pictures of a concept; the same ones always. Raises InputError for an unknown name."""
    numbers = range(first, first + pictures)
    if name in TEXTURES:
        return [textured(name, number).image for number in numbers]
    if name in COLOURS:
        return [_coloured(name, number) for number in numbers]
    if name in SHAPES:
        return [_shape(number) for number in islice(_numbers(name, first), pictures)]
    raise InputError(f"There is no drawn concept {name!r}; accepted are {', '.join(NAMES)}.")


def random_pictures(name: str, pictures: int) -> list[ImageInput]:
    """So many random pictures to compare concepts like `name` with."""
    numbers = range(APART, APART + pictures)
    if name in SHAPES:
        return [_shape(number) for number in numbers]
    textures = list(TEXTURES)
    return [textured(textures[number % len(textures)], number).image for number in numbers]


def _coloured(name: str, number: int) -> ImageInput:
    """A texture of two shades of the colour."""
    rng = np.random.default_rng((COLOURS.index(name), number))
    shades = [_shade(rng, name) for _ in range(2)]
    return tinted(list(TEXTURES)[number % len(TEXTURES)], number, (shades[0], shades[1]), f"{name} {number}")


def _shade(rng: np.random.Generator, name: str) -> np.ndarray:
    """A random colour that bears the name."""
    while True:
        drawn = rng.integers(0, 256, (512, 3)).astype(np.uint8)
        fitting = drawn[colour_indices(drawn) == COLOURS.index(name)]
        if len(fitting):
            return fitting[0].astype(float)


def _numbers(name: str, first: int) -> Iterator[int]:
    """The numbers, from `first` on, of drawn pictures of a shape."""
    return (number for number in count(first) if draw(number, side=32).labels == (name,))


def _shape(number: int) -> ImageInput:
    found = draw(number, side=SIDE)
    return ImageInput(found.pixels, name=drawn_name(key_of(number), found.labels))
