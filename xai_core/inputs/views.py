"""A picture on a model's input grid: what the network sees, and where the picture's boxes lie there."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import torch
from PIL import Image

from ..types import Box, ImageInput


@dataclass(frozen=True)
class InputGrid:
    """How a model wants its pictures: `size` (H, W) in pixels; "crop" resizes the short side to `resize`
    first; `interpolation` is "bilinear" or "bicubic"; `mean` and `std` belong to RGB in 0..1."""

    size: tuple[int, int]
    resize: int
    interpolation: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def normalise(self, pixels: torch.Tensor) -> torch.Tensor:
        """Floating-point pixels (N, 3, H, W) in 0..255 -> what the network takes, (pixels / 255 - mean) /
        std."""
        mean, std = (pixels.new_tensor(values).view(3, 1, 1) for values in (self.mean, self.std))
        return (pixels / 255 - mean) / std

    def pixels(self, x: torch.Tensor) -> torch.Tensor:
        """The way back: what the network takes -> pixels in 0..255."""
        mean, std = (x.new_tensor(values).view(3, 1, 1) for values in (self.mean, self.std))
        return (x * std + mean) * 255


_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def view_pixels(image: ImageInput, grid: InputGrid, scale: int = 1) -> np.ndarray:
    """uint8 (H*scale, W*scale, 3): the picture laid onto the grid by its fit; at scale 1 exactly what a model
    gets.
    """
    height, width = grid.size[0] * scale, grid.size[1] * scale
    placed, (left, top) = _placement(image, grid, scale)
    picture = Image.fromarray(image.pixels)
    if picture.size != placed:
        picture = picture.resize(placed, _FILTERS[grid.interpolation])
    if image.fit == "pad":
        paper = Image.new("RGB", (width, height), tuple(round(255 * m) for m in grid.mean))
        paper.paste(picture, (left, top))
        return np.asarray(paper)
    return np.asarray(picture.crop((-left, -top, width - left, height - top)))


def view_boxes(image: ImageInput, grid: InputGrid, scale: int = 1) -> tuple[Box, ...]:
    """The picture's boxes in pixels of `view_pixels`, cut at the grid's edge; boxes wholly outside are left
    out.
    """
    height, width = grid.size[0] * scale, grid.size[1] * scale
    (placed_w, placed_h), (left, top) = _placement(image, grid, scale)
    sx, sy = placed_w / image.pixels.shape[1], placed_h / image.pixels.shape[0]
    boxes = []
    for box in image.boxes:
        x0, x1 = (min(max(x * sx + left, 0), width) for x in (box.x0, box.x1))
        y0, y1 = (min(max(y * sy + top, 0), height) for y in (box.y0, box.y1))
        if x1 > x0 and y1 > y0:
            boxes.append(Box(box.label, x0, y0, x1, y1))
    return tuple(boxes)


def _placement(image: ImageInput, grid: InputGrid, scale: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """((width, height) after resizing, (left, top) of the resized picture on the grid; negative where it is
    cut).
    """
    height, width = grid.size[0] * scale, grid.size[1] * scale
    source_h, source_w = image.pixels.shape[:2]
    if image.fit == "squash":
        return (width, height), (0, 0)
    if image.fit == "pad":
        factor = min(width / source_w, height / source_h)
        placed = (max(1, round(source_w * factor)), max(1, round(source_h * factor)))
        return placed, ((width - placed[0]) // 2, (height - placed[1]) // 2)
    short = max(grid.resize * scale, min(height, width))
    less = min(source_w, source_h)
    short = max(short, ceil(width * less / source_w), ceil(height * less / source_h))
    placed = (
        (short, max(height, int(short * source_h / source_w)))
        if source_w <= source_h
        else (max(width, int(short * source_w / source_h)), short)
    )  # an oblong grid is covered, too
    # torchvision and timm both round the crop's corner half to even
    return placed, (-round((placed[0] - width) / 2.0), -round((placed[1] - height) / 2.0))
