"""Insertion and deletion: how fast the score rises, or falls, as superpixels are shown, or hidden, in the
order of their importance.

    insertion_k = s(b with the k most important superpixels of x),   deletion_k = s(x with them replaced by b)

Petsiuk, Das and Saenko, RISE, BMVC 2018.
"""

from __future__ import annotations

import torch
from torch import nn

from ..batches import Watch
from ..perturb import score_inputs
from ..scores import Score
from ..types import InputError


def superpixel_curve(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    importance: torch.Tensor,
    baseline: torch.Tensor,
    insert: bool,
    watch: Watch,
) -> tuple[torch.Tensor, torch.Tensor]:
    """One picture (1, 3, H, W), importance (h, w) on a grid that divides it, baseline (1, 3, H, W): the
    scores (h w + 1,) after 0, 1, ... superpixels, and those numbers. Ties go by position."""
    ranks = order_of(importance)
    cells = grid_labels(importance.shape, (x.shape[2], x.shape[3])).to(x.device)
    when = ranks[cells]  # at which step each pixel changes
    before, after = (baseline, x) if insert else (x, baseline)

    def make(start: int, stop: int) -> torch.Tensor:
        steps = torch.arange(start, stop, device=x.device).view(-1, 1, 1, 1)
        return torch.where(when < steps, after, before)

    count = importance.numel() + 1
    return score_inputs(scorer, make, count, score, x.device, watch), torch.arange(count)


def order_of(importance: torch.Tensor) -> torch.Tensor:
    """For each superpixel of (h, w), row by row, its place 0..hw-1 from most to least important."""
    order = importance.flatten().argsort(descending=True, stable=True)
    ranks = torch.empty_like(order)
    ranks[order] = torch.arange(len(order), device=order.device)
    return ranks


def grid_labels(cells: tuple[int, int], size: tuple[int, int]) -> torch.Tensor:
    """int64 (H, W): the number of the cell, row by row, in which each pixel lies. Raises InputError if the
    grid does not divide the size."""
    (h, w), (height, width) = cells, size
    if height % h or width % w:
        raise InputError(f"A grid of {h} x {w} superpixels does not divide a picture of {height} x {width}.")
    down = torch.arange(height) // (height // h)
    across = torch.arange(width) // (width // w)
    return down[:, None] * w + across
