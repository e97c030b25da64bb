"""The one way in which perturbed pictures are scored: built on the device batch by batch, on the folded twin.

Progress and cancel between batches, a batch size that follows memory, and equal perturbations scored once.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from .batches import Watch, run_batches
from .scores import Score


def score_inputs(
    scorer: nn.Module,
    make: Callable[[int, int], torch.Tensor],
    total: int,
    score: Score,
    device: torch.device,
    watch: Watch,
) -> torch.Tensor:
    """The scores (total,) of the inputs that `make(start, stop)` builds as (B, 3, H, W)."""

    def work(start: int, stop: int) -> torch.Tensor:
        with torch.inference_mode():
            return score(scorer(make(start, stop).contiguous(memory_format=torch.channels_last)))

    return run_batches(work, total, device, watch)


def score_regions(
    scorer: nn.Module,
    x: torch.Tensor,
    baseline: torch.Tensor,
    segments: torch.Tensor,
    keep: torch.Tensor,
    score: Score,
    watch: Watch,
) -> torch.Tensor:
    """The score of one picture `x` (1, 3, H, W) with only the superpixels that `keep` (M, d) names left in
    it.

    `segments` (H, W) labels the superpixels 0..d-1, `baseline` (1, 3, H, W) stands in the others. Rows that
    are equal are scored once. Returns (M,)."""
    rows, back = torch.unique(keep.bool().cpu(), dim=0, return_inverse=True)
    rows = rows.to(x.device)
    announced = watch.done + len(keep)

    def make(start: int, stop: int) -> torch.Tensor:
        return torch.where(rows[start:stop][:, segments][:, None], x, baseline)

    found = score_inputs(scorer, make, len(rows), score, x.device, watch)
    watch.reach(announced)
    return found[back.to(found.device)]
