"""Several baselines at once: what methods that average over baselines start from, called the backgrounds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from .samples import load_sample
from .superpixels import baseline
from .views import InputGrid, view_pixels

PICTURES = "pictures"  # the kind of backgrounds that are photographs
BLACK_WHITE = "black_white"  # the kind that is one black and one white picture
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
DRAWN = 16  # pictures of noise, where their number is no parameter


def count_of(kind: str, draws: int = DRAWN) -> int:
    """How many backgrounds there are of that kind."""
    return {PICTURES: len(KEYS), "noise": draws, BLACK_WHITE: 2}.get(kind, 1)


def backgrounds(
    x: torch.Tensor,
    kind: str,
    grid: InputGrid,
    generator: torch.Generator,
    blur: float = 10.0,
    draws: int = DRAWN,
) -> torch.Tensor:
    """(S, 3, H, W) for one picture `x` (1, 3, H, W), normalised like it: for "pictures" the photographs KEYS,
    for "black_white" a black and a white picture, for "noise" as many as `draws`, else the one baseline of
    that kind (`superpixels.baseline`)."""
    if kind == PICTURES:
        pixels = torch.from_numpy(np.array(_photographs(grid))).permute(0, 3, 1, 2).double()
        return grid.normalise(pixels).to(x)
    if kind == BLACK_WHITE:
        return torch.cat([baseline(x, one, grid, generator) for one in ("black", "white")])
    many = x.expand(count_of(kind, draws), -1, -1, -1)
    return baseline(many, kind, grid, generator, blur)


@lru_cache(maxsize=2)
def _photographs(grid: InputGrid) -> np.ndarray:
    """uint8 (S, H, W, 3), as a network with this grid sees them."""
    return np.stack([view_pixels(load_sample(key), grid) for key in KEYS])
