"""A grid of windows, each of which hides its part of a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress
from ..types import InputError
from .distinct import Seen
from .patch_drop import PatchDrop
from .perturbations import Changes, Score, cells, score_inputs


@dataclass(frozen=True, eq=False)
class Windows:
    """Window (r, c) covers the pixels (i, j) with down[r, i] and across[c, j], bool (R, H) and (C, W). They
    are numbered row by row; `order` int64 (R C,) is the order in which they are scored."""

    down: torch.Tensor
    across: torch.Tensor
    order: torch.Tensor

    def boxes(self) -> np.ndarray:
        """int64 (R C, 4): top, left, height and width of each window, in the order of scoring."""
        (top, height), (left, width) = (
            (covers.int().argmax(1).cpu().numpy(), covers.sum(1).cpu().numpy())
            for covers in (self.down, self.across)
        )
        r, c = (part.ravel() for part in np.indices((len(top), len(left))))
        return np.stack([top[r], left[c], height[r], width[c]], 1)[self.order.cpu().numpy()]


def painted_windows(
    scorer: nn.Module,
    x: torch.Tensor,
    baseline: torch.Tensor,
    windows: Windows,
    score: Score,
    progress: Progress,
    seen: Seen,
) -> torch.Tensor:
    """The scores (R C,) of the picture `x` (1, 3, H, W) with one window replaced by the baseline, in the
    order of scoring. `seen(numbers, scores)` is called with the scores so far, and their places in that
    order, whenever `progress` is due to show them."""
    down, across, order = windows.down, windows.across, windows.order
    columns, width = len(across), x.shape[3]

    def make(start: int, stop: int) -> torch.Tensor:
        index = order[start:stop]
        hidden = down[index // columns][:, None, :, None] & across[index % columns][:, None, None, :]
        return torch.where(hidden, baseline, x)

    def crop(start: int, stop: int, places: torch.Tensor) -> torch.Tensor:
        index = order[start:stop]
        flat = places.flatten(1)
        hidden = down[index // columns].gather(1, flat // width) & across[index % columns].gather(
            1, flat % width
        )
        hidden = hidden.view(len(index), 1, *places.shape[1:])
        return torch.where(hidden, cells(baseline, places), cells(x, places))

    changes = Changes(windows.boxes(), False, lambda _row: x, crop)

    def look(found: torch.Tensor) -> None:
        seen(np.arange(len(found)), found)

    return score_inputs(scorer, make, len(order), score, x.device, progress, changes, look)


def dropped_windows(
    drop: PatchDrop, windows: Windows, score: Score, progress: Progress, seen: Seen
) -> torch.Tensor:
    """The same with the patches of one window left out. Raises InputError for a window that covers a patch in
    part."""
    down, across = (
        _patches(covers, count)
        for covers, count in zip((windows.down, windows.across), drop.grid, strict=True)
    )
    hidden = (down[:, None, :, None] & across[None, :, None, :]).flatten(2).flatten(0, 1)
    return drop.scores(~hidden[windows.order.cpu()], score, progress, seen)


def _patches(covers: torch.Tensor, count: int) -> torch.Tensor:
    """bool (windows, count): which of the `count` patches along one axis each window covers, from the pixels
    that it covers, bool (windows, side)."""
    side = covers.shape[1]
    patch = torch.arange(side) * count // side
    found = torch.zeros(len(covers), count, dtype=torch.bool)
    found[:, patch] = covers.cpu()
    if not torch.equal(found[:, patch], covers.cpu()):
        raise InputError(
            f"Only whole patches of {side // count} pixels can be left out; a window covers a part of one."
        )
    return found
