"""Maps and curves as parts of a report: the same drawings that the pages show.

This room is the only one of the library that draws, since a report is made of pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..figures import Look, Scale, paint
from ..inputs.views import view_boxes
from ._recipe import Bench
from .outcome import Chart, Series, Tile

LOOK = Look()
COLOURS = ("#0b6e99", "#b5491c", "#2e7d4f", "#7a4fa3", "#8a6d1b", "#5b636d")
ALONE = ((255, 160, 40), (40, 120, 255))  # what one of two masks alone marks
SPARSE, PIXELS = 99.0, 10_000  # maps of so many cells are scaled to this percentile of their sizes
TITLES = ("share of superpixels", "probability of the class")


def scale_of(maps: Sequence[np.ndarray], signed: bool = False) -> Scale:
    """The scale that the maps share: it ends at the largest size, and in maps of single pixels at the 99th
    percentile, since a few of their values are many times as large as all others."""
    sizes = np.concatenate([np.abs(m).ravel() for m in maps])
    end = float(np.percentile(sizes, SPARSE) if maps[0].size >= PIXELS else sizes.max()) or float(sizes.max())
    return Scale(-(end or 1.0) if signed else 0.0, end or 1.0, maps=len(maps))


def map_tile(
    view: np.ndarray, values: np.ndarray, label: str, scale: Scale | None = None, signed: bool = False
) -> Tile:
    """The picture with the map (h, w) over it."""
    return Tile(paint(view, values, LOOK, scale or scale_of([values], signed), signed), label)


def overlap_tile(view: np.ndarray, first: np.ndarray, second: np.ndarray, label: str) -> Tile:
    """The picture where both masks (H, W) mark it, orange where the first alone does, blue where the second
    alone does, and grey elsewhere."""
    grey = view.mean(2, keepdims=True).repeat(3, 2)
    made = np.where((first & second)[..., None], view, 0.3 * grey + 150)
    for mask, colour in ((first & ~second, ALONE[0]), (second & ~first, ALONE[1])):
        made = np.where(mask[..., None], 0.45 * grey + 0.55 * np.array(colour), made)
    return Tile(np.rint(made).clip(0, 255).astype(np.uint8), label)


def region_of(bench: Bench, number: int, label: str) -> np.ndarray:
    """bool (H, W): the pixels of the network's view that lie in the picture's boxes of that label; none
    where it has no such box."""
    grid = bench.handle.grid
    mask = np.zeros(grid.size, bool)
    for box in view_boxes(bench.image(number), grid):
        if box.label == label:
            mask[round(box.y0) : round(box.y1), round(box.x0) : round(box.x1)] = True
    return mask


def mean_chart(lines: dict[str, np.ndarray], titles: tuple[str, str] = TITLES) -> Chart:
    """For each name the mean of its curves (n, d + 1), with a band of one standard error where n > 1. The
    last name, a control, is dashed."""
    series = []
    for place, (name, curves) in enumerate(lines.items()):
        x = np.linspace(0, 1, curves.shape[1])
        mean = curves.mean(0)
        error = curves.std(0, ddof=1) / len(curves) ** 0.5 if len(curves) > 1 else None
        low, high = (None, None) if error is None else (mean - error, mean + error)
        last = place == len(lines) - 1 and len(lines) > 1
        series.append(
            Series(
                name,
                x.tolist(),
                mean.tolist(),
                COLOURS[-1] if last else COLOURS[place],
                None if low is None else low.tolist(),
                None if high is None else high.tolist(),
                "dash" if last else "solid",
            )
        )
    return Chart(tuple(series), titles)
