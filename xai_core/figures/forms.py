"""The forms of a map over its picture, and the colours that each of them shows.

Each takes `view` (uint8 (H, W, 3)), values already of that size (H, W), the Look and the Scale, and returns
uint8 RGB."""

from __future__ import annotations

import numpy as np

from .colours import colour_table
from .look import BESIDE, BLEND, CONTOURS, VALUE, Look
from .scale import Scale

SHARES = (0.05, 0.1, 0.2)  # of the picture, inside the lines
GAP = 8  # pixels between picture and map
PALE = 0.75  # exponent of a signed map's opacity: its weak values are pale and would hardly be seen
GREY = 128  # stands for the picture in a scale bar
DARKER = 0.9  # factor of the grey picture
LUMINANCE = (0.2126, 0.7152, 0.0722)


def grey(view: np.ndarray) -> np.ndarray:
    """The picture without its colours, float32 (H, W), a little darker: a scale's bright end must stand out
    from white."""
    red, green, blue = (np.float32(DARKER * share) for share in LUMINANCE)
    return view[..., 0] * red + view[..., 1] * green + view[..., 2] * blue


def coloured(values: np.ndarray, colours: str, scale: Scale) -> np.ndarray:
    """uint8 (..., 3): each value in its colour."""
    return colour_table(colours)[np.rint(scale.places(values) * 255).astype(np.uint8)]


def by_value(view: np.ndarray, values: np.ndarray, colours: str, look: Look, scale: Scale) -> np.ndarray:
    """The grey picture shows through where the map is weak. In float32: a gallery is drawn anew at every move
    of a slider."""
    strength = scale.strengths(values).astype(np.float32)
    alpha = np.float32(look.opacity) * (strength**PALE if scale.low < 0 else strength)
    place = np.rint(scale.places(values) * 255).astype(np.uint8)
    drawn = colour_table(colours).astype(np.float32)[place]
    drawn *= alpha[:, :, None]
    drawn += (grey(view) * (1 - alpha))[:, :, None]
    return np.rint(drawn, out=drawn).astype(np.uint8)


def blended(view: np.ndarray, values: np.ndarray, colours: str, look: Look, scale: Scale) -> np.ndarray:
    """The map lies over the picture with one opacity."""
    over = coloured(values, colours, scale)
    return np.rint((1 - look.opacity) * view + look.opacity * over).astype(np.uint8)


def contoured(view: np.ndarray, values: np.ndarray, colours: str, look: Look, scale: Scale) -> np.ndarray:
    """Lines around the strongest 5, 10 and 20 per cent of the picture, each in a colour of the scale."""
    strength = _soft(np.abs(values))
    picture, width = view.copy(), max(1, round(min(view.shape[:2]) / 220))
    for share, colour in zip(SHARES, contour_colours(colours, low=False), strict=True):
        inside = strength >= max(np.quantile(strength, 1 - share), 1e-12)
        bright = _edge(inside, 2 * width)
        picture[_edge(inside, 3 * width)] = 0  # a dark rim, seen on white
        picture[bright] = colour
        if scale.low < 0:
            negative = contour_colours(colours, low=True)[SHARES.index(share)]
            picture[bright & (values < 0)] = negative
    return picture


def contour_colours(colours: str, low: bool) -> list[np.ndarray]:
    """The colour of each line, strongest first; `low` for the negative side of a diverging scale."""
    table = colour_table(colours)
    if low:
        return [table[5], table[40], table[75]]
    return [table[250], table[215], table[180]]


def _soft(values: np.ndarray) -> np.ndarray:
    """Blurred by one per cent of the picture, so that no line goes around single pixels."""
    sigma = min(values.shape) / 100
    radius = max(1, round(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    for axis in (0, 1):
        padded = np.pad(values, [(radius, radius) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(taps), axis)
        values = windows @ (taps / taps.sum())
    return values


def _edge(inside: np.ndarray, width: int) -> np.ndarray:
    """bool (H, W): the inner border of a region, `width` pixels wide."""
    core = inside
    for _ in range(width):
        padded = np.pad(core, 1, mode="edge")
        core = core & padded[2:, 1:-1] & padded[:-2, 1:-1] & padded[1:-1, 2:] & padded[1:-1, :-2]
    return inside & ~core


def beside(view: np.ndarray, values: np.ndarray, colours: str, look: Look, scale: Scale) -> np.ndarray:
    """The picture, a gap, and the map alone."""
    gap = np.full((view.shape[0], GAP, 3), 255, np.uint8)
    return np.concatenate([view, gap, coloured(values, colours, scale)], axis=1)


DRAW = {VALUE: by_value, CONTOURS: contoured, BLEND: blended, BESIDE: beside}


def bar(look: Look, signed: bool, scale: Scale, width: int = 256) -> np.ndarray:
    """uint8 (width, 3): the colours from the scale's low to its high end as they appear over a picture of
    middle grey."""
    values = np.linspace(scale.low, scale.high, width)[None, :]
    view = np.full((1, width, 3), GREY, np.uint8)
    colours = look.scale_of(signed)
    if look.form in (VALUE, BLEND):
        return DRAW[look.form](view, values, colours, look, scale)[0]
    return coloured(values, colours, scale)[0]
