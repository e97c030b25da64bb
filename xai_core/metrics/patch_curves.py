"""Insertion and deletion by leaving patches out of a transformer instead of painting over them.

    insertion_k = s(the k most important patches alone)
    deletion_k  = s(x without the k most important patches)

Painted pictures look like nothing that the network was trained on; a shorter list of tokens is what it gets
in training with dropped patches, and costs less (`scoring.patch_drop`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress
from ..network.patches import DROP, patch_labels, patch_side
from ..scoring.patch_drop import PatchDrop
from ..types import InputError, LayerSpec

__all__ = ["DROP", "check_cells", "drop_scores"]


def check_cells(cells: np.ndarray, layers: Sequence[LayerSpec]) -> None:
    """Raise InputError if the superpixels `cells` (H, W) are not the network's patches."""
    size = cells.shape[0], cells.shape[1]
    height, width = patch_side(layers, size)
    if not np.array_equal(cells, patch_labels(layers, size)):
        raise InputError(
            f"baseline is {DROP!r}, which leaves out whole patches of {height} x {width} pixels; "
            "superpixel='patch' is accepted."
        )


def drop_scores(
    net: nn.Module,
    x: torch.Tensor,
    layers: Sequence[LayerSpec],
    orders: Sequence[np.ndarray],
    score: Callable[[torch.Tensor], torch.Tensor],
    progress: Progress,
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """(ends, inner): scores (2, K) without any patch and with all; for each of `orders` (d,), the places of
    the patches from 0 for the most important, scores (2, d - 1, K) after 1 .. d - 1 patches of insertion and
    of deletion. `x` is (1, 3, H, W), `score` makes scores (N, K) of logits."""
    drop = PatchDrop(net, x, layers)
    count = drop.grid[0] * drop.grid[1]
    steps = np.arange(1, count)[:, None]
    rows = [np.zeros((1, count), bool), np.ones((1, count), bool)]
    for order in orders:
        rows += [order < steps, order >= steps]
    keep = torch.from_numpy(np.concatenate(rows))
    found = drop.scores(keep, score, progress)
    return found[:2], [part.unflatten(0, (2, -1)) for part in found[2:].split(2 * (count - 1))]
