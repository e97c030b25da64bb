"""A map laid over its picture, as RGB pixels or as a file."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from ..types import Box, Explanation, bilinear
from .forms import DRAW
from .look import Look
from .scale import Scale


def overlay(view: np.ndarray, e: Explanation, look: Look, shared: Scale | None = None) -> np.ndarray:
    """uint8 (H, W, 3): `view` (uint8 (H, W, 3), any size of the same crop) with the coloured map, in the
    look's form; a form that shows both beside each other is wider.

    `shared` ends make several maps comparable; None scales the map by its own.
    """
    smooth = look.smooth and e.segments is None  # superpixels have edges of their own
    return paint(view, e.heatmap, look, shared or look.limits([e]), e.signed, smooth)


def paint(
    view: np.ndarray, values: np.ndarray, look: Look, scale: Scale, signed: bool = False, smooth: bool = True
) -> np.ndarray:
    """uint8 RGB: `view` with the values (h, w), coloured from the scale's low to its high end."""
    size = view.shape[:2]
    values = bilinear(values, size) if smooth else _cells(values, size)
    return DRAW[look.form](view, values, look.scale_of(signed), look, scale)


def spotlight(view: np.ndarray, mask: np.ndarray, against: np.ndarray | None = None) -> np.ndarray:
    """uint8 (H, W, 3): `view` with what lies outside the mask (h, w) dimmed and grey, and what lies in
    `against` tinted blue."""
    size = view.shape[:2]
    inside = _cells(mask, size)[:, :, None]
    grey = view.mean(2, keepdims=True).repeat(3, 2)
    outside = 0.25 * grey + 70
    if against is not None:
        outside = np.where(
            _cells(against, size)[:, :, None], 0.45 * view + 0.55 * np.array([40, 80, 160]), outside
        )
    return np.rint(np.where(inside, view, outside)).astype(np.uint8)


def _cells(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Nearest neighbour: the layer's own cells."""
    rows, columns = ((np.arange(m) + 0.5) * n // m for n, m in zip(values.shape, size, strict=True))
    return values[rows.astype(int)[:, None], columns.astype(int)[None, :]]


def amplified(noise: np.ndarray) -> tuple[np.ndarray, int]:
    """A change in steps of 8 bits, int (H, W, 3), as a picture on middle grey, and the whole number that it
    was multiplied by: as large as lets nothing be cut off, and 1 at least."""
    factor = max(1, 127 // max(int(np.abs(noise).max()), 1))
    return np.clip(127 + factor * noise.astype(np.int64), 0, 255).astype(np.uint8), factor


def enlarged(view: np.ndarray, times: int = 2) -> np.ndarray:
    """Each pixel as `times` x `times` pixels."""
    return view.repeat(times, 0).repeat(times, 1)


def ringed(view: np.ndarray, places: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """The picture with a ring around each place (k, 2), row and column of a grid of that size."""
    picture = Image.fromarray(view)
    draw = ImageDraw.Draw(picture)
    radius, width = view.shape[0] / 22, max(2, view.shape[0] // 150)
    for row, column in places:
        y, x = ((v + 0.5) * n / m for v, n, m in zip((row, column), view.shape[:2], grid, strict=True))
        for colour, extra in (("black", width), ("white", 0)):
            edge = (x - radius - extra, y - radius - extra, x + radius + extra, y + radius + extra)
            draw.ellipse(edge, outline=colour, width=width)
    return np.asarray(picture)


def draw_boxes(view: np.ndarray, boxes: Sequence[Box], colour: str = "white") -> np.ndarray:
    """The picture with its boxes, in its own pixels, outlined, each with its label."""
    picture = Image.fromarray(view)
    draw = ImageDraw.Draw(picture)
    width = max(2, view.shape[0] // 150)
    for box in boxes:
        edge = (box.x0, box.y0, box.x1 - 1, box.y1 - 1)
        draw.rectangle(edge, outline="black", width=width + 2)  # seen on white too
        draw.rectangle(edge, outline=colour, width=width)
        if box.label:
            at = (box.x0 + 2 * width, box.y0 + 2 * width)
            size = max(10, view.shape[0] // 28)
            draw.text(at, box.label, fill=colour, stroke_width=2, stroke_fill="black", font_size=size)
    return np.asarray(picture)


def encode(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    """The pixels as a file: "PNG" (exact) or "JPEG" (small, for tiles)."""
    buffer = io.BytesIO()
    options = {"quality": 90} if kind == "JPEG" else {"compress_level": 3}
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()
