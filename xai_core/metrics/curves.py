"""Insertion and deletion curves: the score after the k most important superpixels were shown, or hidden.

    insertion_k = s(b with the k most important superpixels of x)
    deletion_k  = s(x with the k most important superpixels replaced by b)

Petsiuk, Das and Saenko, RISE, BMVC 2018.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from ..inputs.superpixels import boxes_of
from ..network.batches import Progress
from ..network.scores import Score
from ..scoring.perturbations import Changes, score_inputs
from ..scoring.perturbations import cells as cells_at
from ..types import InputError


def superpixel_curve(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    importance: torch.Tensor,
    baseline: torch.Tensor,
    insert: bool,
    progress: Progress,
) -> tuple[torch.Tensor, torch.Tensor]:
    """(scores, numbers), both (h w + 1,): the score of `x` (1, 3, H, W) after 0, 1, ... superpixels, and
    these numbers. `importance` (h, w) lies on a grid that divides the picture; ties are ordered row by row.
    `insert` starts from the `baseline` (1, 3, H, W), otherwise the path starts from `x`."""
    order = order_of(importance).cpu().numpy()
    cells = grid_labels((importance.shape[0], importance.shape[1]), (x.shape[2], x.shape[3])).numpy()
    first, last = (baseline, x) if insert else (x, baseline)
    steps = range(importance.numel() + 1)
    return path(scorer, first, last, order, cells, steps, score, progress), torch.arange(len(steps))


def path(
    scorer: nn.Module,
    first: torch.Tensor,
    last: torch.Tensor,
    order: np.ndarray,
    cells: np.ndarray,
    steps: range,
    score: Callable[[torch.Tensor], torch.Tensor],
    progress: Progress,
) -> torch.Tensor:
    """The scores (len(steps),) on the way from the picture `first` to `last`, both (1, 3, H, W).

    After k steps the k most important superpixels are those of `last`. `steps` are consecutive values of k,
    `order` (d,) is the place of each superpixel, from 0 for the most important, and `cells` (H, W) is the
    superpixel of each pixel."""
    when = torch.from_numpy(order[cells]).to(first.device)  # the step at which each pixel changes

    def counts(start: int, stop: int) -> torch.Tensor:
        return torch.arange(start, stop, device=first.device).view(-1, 1, 1) + steps[0]

    def make(start: int, stop: int) -> torch.Tensor:
        return torch.where((when < counts(start, stop))[:, None], last, first)

    def crop(start: int, stop: int, places: torch.Tensor) -> torch.Tensor:
        changed = when.flatten()[places] < counts(start, stop)
        return torch.where(changed[:, None], cells_at(last, places), cells_at(first, places))

    boxes = boxes_of(cells)
    newest = np.argsort(order)[np.maximum(np.array(steps) - 1, 0)]  # the last change in each picture
    changes = Changes(boxes[newest], True, lambda row: make(row - 1, row), crop)
    return score_inputs(scorer, make, len(steps), score, first.device, progress, changes)


def order_of(importance: torch.Tensor) -> torch.Tensor:
    """int64 (h w,): the place of each superpixel of `importance` (h, w), row by row; 0 is the most important
    one."""
    order = importance.flatten().argsort(descending=True, stable=True)
    ranks = torch.empty_like(order)
    ranks[order] = torch.arange(len(order), device=order.device)
    return ranks


def grid_labels(cells: tuple[int, int], size: tuple[int, int]) -> torch.Tensor:
    """int64 (H, W): the grid cell in which each pixel lies; cells are numbered row by row. Raises InputError
    if the grid does not divide the size."""
    (h, w), (height, width) = cells, size
    if height % h or width % w:
        raise InputError(f"A grid of {h} x {w} superpixels does not divide a picture of {height} x {width}.")
    down = torch.arange(height) // (height // h)
    across = torch.arange(width) // (width // w)
    return down[:, None] * w + across
