"""A map laid over its picture, as RGB pixels or as a file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from ..types import Box, Explanation, InputError, bilinear
from .colours import colour_table


@dataclass(frozen=True)
class Look:
    """How maps are drawn: a scale for positive and one for signed maps, `opacity` 0..1 of the map over the
    picture, `smooth` for bilinear rather than the layer's own cells."""

    colours: str = "magma"
    signed_colours: str = "rdbu"
    opacity: float = 0.55
    smooth: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise InputError(f"opacity is {self.opacity!r}; a number from 0 to 1 is accepted.")

    def scale_of(self, signed: bool) -> str:
        """The colour scale for a map of that kind: a signed map never gets a sequential one."""
        return self.signed_colours if signed else self.colours


def limits(explanations: Iterable[Explanation]) -> tuple[float, float]:
    """The (low, high) that the maps share: 0 to the largest value, or plus and minus the largest size if any
    is signed. Maps that are zero everywhere get (0, 1), so that they are drawn as the scale's zero."""
    maps = list(explanations)
    high = max((float(np.abs(e.heatmap).max()) for e in maps), default=0.0) or 1.0
    return (-high, high) if any(e.signed for e in maps) else (0.0, high)


def overlay(
    view: np.ndarray, e: Explanation, look: Look, shared: tuple[float, float] | None = None
) -> np.ndarray:
    """uint8 (H, W, 3): `view` (uint8 (H, W, 3), any size of the same crop) under the coloured map.

    `shared` limits make several maps comparable; None scales the map by its own `limits`.
    """
    smooth = look.smooth and e.segments is None  # superpixels have edges of their own
    return paint(view, e.heatmap, look.scale_of(e.signed), shared or limits([e]), look.opacity, smooth)


def paint(
    view: np.ndarray,
    values: np.ndarray,
    colours: str,
    scale: tuple[float, float],
    opacity: float,
    smooth: bool = True,
) -> np.ndarray:
    """uint8 (H, W, 3): `view` under the values (h, w), coloured from scale[0] to scale[1]."""
    size = view.shape[:2]
    values = bilinear(values, size) if smooth else _cells(values, size)
    index = np.clip((values - scale[0]) / (scale[1] - scale[0]), 0, 1) * 255
    coloured = colour_table(colours)[np.rint(index).astype(np.uint8)]
    return np.rint((1 - opacity) * view + opacity * coloured).astype(np.uint8)


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
