"""The masks of RISE: random grids of cells, enlarged bilinearly and shifted by a random part of a cell."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch.nn import functional as F

from ._pairs import INDEPENDENT, chosen, followed_by


def soft_cells(
    masks: int, grid: int, keep: float, draw: str, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cells bool (masks, 1, grid + 1, grid + 1) and shifts (masks, 2) in cells; a pair has one shift."""
    cells = chosen(masks, (1, grid + 1, grid + 1), keep, draw, generator)
    if draw == INDEPENDENT:
        return cells, torch.rand(masks, 2, generator=generator)
    shifts = torch.rand((masks + 1) // 2, 2, generator=generator)
    return cells, followed_by(shifts, shifts, masks)


class SoftMasks(NamedTuple):
    """The masks of one map before they are enlarged, as `soft_cells` draws them."""

    cells: torch.Tensor
    shifts: torch.Tensor
    keep: float
    draw: str


def soft_masks(cells: torch.Tensor, shifts: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Masks (B, 1, H, W). Grids `cells` (B, 1, g + 1, g + 1) are enlarged bilinearly, with ceil(size / g)
    pixels for each cell, and cropped to `size`, beginning at `shifts` (B, 2), in cells."""
    steps = [math.ceil(side / (count - 1)) for side, count in zip(size, cells.shape[2:], strict=True)]
    large = [step * count for step, count in zip(steps, cells.shape[2:], strict=True)]
    wide = F.interpolate(cells, large, mode="bilinear", align_corners=False)
    corners = (shifts * torch.tensor(steps)).long().tolist()
    return torch.stack(
        [mask[:, y : y + size[0], x : x + size[1]] for mask, (y, x) in zip(wide, corners, strict=True)]
    )
