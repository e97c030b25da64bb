"""A figure of a study as files: a contact sheet of its tiles as a PNG, or its chart as an SVG."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..figures import Curve, encode, line_svg
from .outcome import Chart, Figure

SIDE = 336  # pixels of a tile's longer side; smaller ones are enlarged


def chart_svg(chart: Chart) -> str:
    """The chart as an SVG drawing."""
    lines = {s.name: Curve(s.x, s.y, s.colour, s.low, s.high, s.dash) for s in chart.series}
    return line_svg(lines, chart.titles, chart.span)


def tile_png(pixels: np.ndarray) -> bytes:
    """A tile as a PNG, small ones enlarged by whole numbers, so that pixels stay squares."""
    times = max(1, SIDE // max(pixels.shape[:2])) if max(pixels.shape[:2]) < SIDE // 2 else 1
    return encode(pixels.repeat(times, 0).repeat(times, 1))


def sheet_png(figure: Figure, gap: int = 8) -> bytes:
    """All tiles of a figure in rows, as one PNG, each as wide as the first."""
    width = max(figure.tiles[0].pixels.shape[1], SIDE)
    tiles = [_as_wide(tile.pixels, width) for tile in figure.tiles]
    across = min(figure.across, len(tiles))
    rows = [tiles[n : n + across] for n in range(0, len(tiles), across)]
    height = sum(max(t.shape[0] for t in row) + gap for row in rows) - gap
    sheet = np.full((height, across * (width + gap) - gap, 3), 255, np.uint8)
    top = 0
    for row in rows:
        for place, tile in enumerate(row):
            left = place * (width + gap)
            sheet[top : top + tile.shape[0], left : left + width] = tile
        top += max(t.shape[0] for t in row) + gap
    return encode(sheet)


def _as_wide(pixels: np.ndarray, width: int) -> np.ndarray:
    height = round(pixels.shape[0] * width / pixels.shape[1])
    small = pixels.shape[1] < width // 2
    how = Image.Resampling.NEAREST if small else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(pixels).resize((width, height), how))
