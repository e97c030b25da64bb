"""Guess first: where people expect the evidence, against where each network's map puts it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..inputs.views import InputGrid, view_boxes
from ..metrics.agreement import highlighted, iou
from ..metrics.localization import mask_of, pointing
from ..types import Box, ImageInput


@dataclass(frozen=True)
class GuessScore:
    """Means over people: IoU of the mark with as much of the map's top, 0..1; the share of marks that hold
    the map's maximum, give or take 15 pixels. NaN without a mark."""

    iou: float
    pointing: float
    marks: int


def on_grid(marks: pd.DataFrame, image: ImageInput, grid: InputGrid) -> list[Box]:
    """Marks x0, y0, x1, y1 in shares of the whole picture, in pixels of a model's input; those that its crop
    leaves out are gone."""
    height, width = image.pixels.shape[:2]
    boxes = tuple(
        Box("", row.x0 * width, row.y0 * height, row.x1 * width, row.y1 * height)
        for row in marks.itertuples(index=False)
    )
    return list(view_boxes(dataclasses.replace(image, boxes=boxes), grid))


def guess_score(values: np.ndarray, boxes: Sequence[Box]) -> GuessScore:
    """Of a map (H, W) on the model's input grid. Each mark is compared with as many of the highest pixels as
    it covers, so that its size alone costs nothing."""
    overlaps, hits = [], []
    for box in boxes:
        mask = mask_of([box], values.shape)
        if mask.any():
            overlaps.append(iou(mask, highlighted(values, percent=100 * mask.mean())))
            hits.append(bool((values > 0).any()) and pointing(values, [box]))
    if not overlaps:
        return GuessScore(math.nan, math.nan, 0)
    return GuessScore(float(np.mean(overlaps)), float(np.mean(hits)), len(overlaps))


def group_map(boxes: Sequence[Box], size: tuple[int, int]) -> np.ndarray:
    """float32 (H, W): the share of people whose mark covers each pixel, 0..1."""
    masks = [mask_of([box], size) for box in boxes]
    return np.mean(masks, axis=0).astype(np.float32) if masks else np.zeros(size, np.float32)
