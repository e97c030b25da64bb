"""Insertion and deletion as a small picture of pixels, for front ends that show no interactive figure."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .legend import plain
from .sheet import INK, PAPER, TEXT

INSERTION, DELETION = "#2F5BD0", "#B45309"
WIDTH, HEIGHT = 448, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 44  # pixels around the plot
GRID = (222, 225, 230)
FINER = 3  # drawn that many times as large, so that lines are smooth


def curve_picture(
    fractions: np.ndarray, insertion: np.ndarray, deletion: np.ndarray, score: str
) -> np.ndarray:
    """uint8 (HEIGHT, WIDTH, 3): both curves (d + 1,) over the share of superpixels, 0..1. Probabilities get
    the axis 0..1, logits what they need."""
    both = np.concatenate([insertion, deletion])
    low, high = (0.0, 1.0) if score == "probability" else (float(both.min()), float(both.max()))
    high = high if high > low else low + 1.0
    paper = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), PAPER)
    draw = ImageDraw.Draw(paper)
    for share in (0.0, 0.5, 1.0):
        draw.line([_place(share, 0.0), _place(share, 1.0)], GRID, FINER)
        draw.line([_place(0.0, share), _place(1.0, share)], GRID, FINER)
    for values, colour in ((deletion, DELETION), (insertion, INSERTION)):
        heights = (values - low) / (high - low)
        points = [_place(float(x), float(y)) for x, y in zip(fractions, heights, strict=True)]
        draw.line(points, colour, 2 * FINER, joint="curve")
    small = paper.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    _label(ImageDraw.Draw(small), low, high)
    return np.asarray(small)


def _place(x: float, y: float) -> tuple[float, float]:
    """A point of the plot, both 0..1, in pixels of the large picture."""
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return FINER * (LEFT + x * across), FINER * (TOP + (1 - y) * down)


def _label(draw: ImageDraw.ImageDraw, low: float, high: float) -> None:
    """The ends of both axes, and which curve is which."""
    font = ImageFont.load_default(TEXT)
    bottom = HEIGHT - BOTTOM
    draw.text((LEFT - 6, bottom), plain(low), INK, font, anchor="rs")
    draw.text((LEFT - 6, TOP), plain(high), INK, font, anchor="rt")
    draw.text((LEFT, bottom + 4), "0 %", INK, font)
    draw.text((WIDTH - RIGHT, bottom + 4), "100 % of superpixels", INK, font, anchor="ra")
    draw.text((LEFT, HEIGHT - 18), "insertion", INSERTION, font)
    draw.text((LEFT + 80, HEIGHT - 18), "deletion", DELETION, font)
