"""Several baselines at once: what methods that average over baselines start from, called the backgrounds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from .samples import load_sample
from .superpixels import baseline
from .views import InputGrid, view_pixels

PICTURES = "pictures"  # the kind of backgrounds that are photographs
KEYS = (
    "chelsea",
    "coffee",
    "motorcycle",
    "rocket",
    "astronaut",
    "camera",
    "coins",
    "hubble",
)  # scikit-image's
DRAWN = 16  # pictures of noise


def count_of(kind: str) -> int:
    """How many backgrounds there are of that kind."""
    return {PICTURES: len(KEYS), "noise": DRAWN}.get(kind, 1)


def backgrounds(
    x: torch.Tensor, kind: str, grid: InputGrid, generator: torch.Generator, blur: float = 10.0
) -> torch.Tensor:
    """(S, 3, H, W) for one picture `x` (1, 3, H, W), normalised like it: for "pictures" the photographs KEYS,
    for "noise" DRAWN draws, else the one baseline of that kind (`superpixels.baseline`)."""
    if kind == PICTURES:
        pixels = torch.from_numpy(np.array(_photographs(grid))).permute(0, 3, 1, 2).double()
        return grid.normalise(pixels).to(x)
    many = x.expand(count_of(kind), -1, -1, -1)
    return baseline(many, kind, grid, generator, blur)


@lru_cache(maxsize=2)
def _photographs(grid: InputGrid) -> np.ndarray:
    """uint8 (S, H, W, 3), as a network with this grid sees them."""
    return np.stack([view_pixels(load_sample(key), grid) for key in KEYS])
