"""Colour scales: perceptually uniform ones for maps that are never negative, diverging ones centred on
zero.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from plotly.colors import get_colorscale, unlabel_rgb

from ..types import InputError

# jet is here only because old figures use it: it draws edges where the map has none
SEQUENTIAL = ("magma", "viridis", "inferno", "cividis", "jet")
DIVERGING = ("rdbu", "puor", "prgn")
# the high and the low end, in words
SIGN_NAMES = {"rdbu": ("Red", "blue"), "puor": ("Purple", "orange"), "prgn": ("Green", "purple")}
_BLUE_WHITE_RED = (
    (0.0, "rgb(33,74,150)"),
    (0.25, "rgb(108,154,208)"),
    (0.5, "rgb(248,248,248)"),
    (0.75, "rgb(224,118,100)"),
    (1.0, "rgb(165,24,42)"),
)


def colour_stops(name: str) -> list[tuple[float, str]]:
    """The scale as Plotly stops (position 0..1, "rgb(r,g,b)"); raises InputError for an unknown name."""
    if name == "rdbu":
        return list(_BLUE_WHITE_RED)
    if name not in SEQUENTIAL + DIVERGING:
        raise InputError(
            f"There is no colour scale {name!r}; accepted are {', '.join(SEQUENTIAL + DIVERGING)}."
        )
    return [(position, _rgb(colour)) for position, colour in get_colorscale(name)]


def _rgb(colour: str) -> str:
    if colour.startswith("#"):
        return f"rgb({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:7], 16)})"
    return colour


@cache
def colour_table(name: str) -> np.ndarray:
    """uint8 (256, 3): the scale sampled evenly from its low to its high end."""
    stops = colour_stops(name)
    positions = [position for position, _ in stops]
    channels = np.array([unlabel_rgb(colour) for _, colour in stops], dtype=float)
    steps = np.linspace(0, 1, 256)
    table = np.stack([np.interp(steps, positions, channels[:, c]) for c in range(3)], axis=1)
    return np.rint(table).astype(np.uint8)
