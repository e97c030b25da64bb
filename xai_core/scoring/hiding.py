"""The two ways to hide a part of a picture from a network, behind one set of functions: painting over it, and
leaving the patches of a transformer out. Methods that hide parts are given one of the two and need not know
which.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

import torch
from torch import nn

from ..network.batches import Progress
from ..network.patches import patch_labels
from ..types import InputError, LayerSpec
from .distinct import Seen
from .occluded import Windows, dropped_windows, painted_windows
from .patch_drop import CHECKS, PatchDrop
from .perturbations import Score, score_inputs
from .superpixels import Regions

Masks = Callable[[int, int], torch.Tensor]  # (start, stop) -> masks (B, 1, H, W), 0..1


class PartsKept(Protocol):
    """Scores one picture of which only some parts are left: `Regions`, or `PatchDrop`."""

    def scores(
        self, keep: torch.Tensor, score: Score, progress: Progress, seen: Seen | None = None
    ) -> torch.Tensor:
        """The scores (M,) with the parts that `keep` bool (M, d) names; equal rows are scored once.
        `seen(rows, scores)` is called with the scores so far whenever `progress` is due to show them."""
        ...


class Painted:
    """Hides parts of pictures `x` (N, 3, H, W) by painting over them with `baseline` (N, 3, H, W)."""

    def __init__(self, scorer: nn.Module, x: torch.Tensor, baseline: torch.Tensor):
        self._scorer, self._x, self._baseline = scorer, x, baseline

    def whole(self, i: int, score: Score) -> torch.Tensor:
        """The score (1,) of picture i with nothing hidden."""
        with torch.inference_mode():
            return score(self._scorer(self._x[i : i + 1]))

    def regions(self, i: int, segments: torch.Tensor, total: int) -> PartsKept:
        """Scores picture i with only some superpixels of `segments` (H, W) left, `total` times in all."""
        return Regions(self._scorer, self._x[i : i + 1], self._baseline[i : i + 1], segments, total)

    def windows(self, i: int, windows: Windows, score: Score, progress: Progress, seen: Seen) -> torch.Tensor:
        """The scores of picture i with one window hidden, for each window in the order of scoring."""
        pictures = self._x[i : i + 1], self._baseline[i : i + 1]
        return painted_windows(self._scorer, *pictures, windows, score, progress, seen)

    def masked(
        self,
        i: int,
        masks: Masks,
        total: int,
        score: Score,
        progress: Progress,
        seen: Callable[[torch.Tensor], None],
    ) -> torch.Tensor:
        """The scores (total,) of x m + b (1 - m) for picture i and the soft masks m, which `masks` makes.
        `seen` is called with the scores so far whenever `progress` is due to show them."""
        x, baseline = self._x[i : i + 1], self._baseline[i : i + 1]

        def make(start: int, stop: int) -> torch.Tensor:
            return torch.lerp(baseline, x, masks(start, stop))

        return score_inputs(self._scorer, make, total, score, x.device, progress, seen=seen)


class Dropped:
    """Hides parts of pictures `x` (N, 3, H, W) by leaving the patches of a transformer out. `layers` are
    those of `net`. Raises InputError where patches cannot be left out."""

    def __init__(self, net: nn.Module, x: torch.Tensor, layers: Collection[LayerSpec]):
        self._drops = [PatchDrop(net, x[i : i + 1], layers) for i in range(len(x))]
        labels = patch_labels(layers, (x.shape[2], x.shape[3]))
        self._labels = torch.from_numpy(labels)
        self.inputs = CHECKS * len(x)  # that went through the network to find out whether it can be done

    def whole(self, i: int, score: Score) -> torch.Tensor:
        """The score (1,) of picture i with nothing left out."""
        drop = self._drops[i]
        with torch.inference_mode():
            return score(drop.logits(torch.ones(1, drop.grid[0] * drop.grid[1], dtype=torch.bool)))

    def regions(self, i: int, segments: torch.Tensor, total: int) -> PartsKept:
        """Scores picture i with only some patches left. Raises InputError if `segments` (H, W) are no
        patches."""
        if not torch.equal(segments.cpu(), self._labels):
            raise InputError("Only whole patches can be left out, and these superpixels are no patches.")
        return self._drops[i]

    def windows(self, i: int, windows: Windows, score: Score, progress: Progress, seen: Seen) -> torch.Tensor:
        """The scores of picture i without the patches of one window, for each window in the order of
        scoring."""
        return dropped_windows(self._drops[i], windows, score, progress, seen)

    def masked(
        self,
        i: int,
        masks: Masks,
        total: int,
        score: Score,
        progress: Progress,
        seen: Callable[[torch.Tensor], None],
    ) -> torch.Tensor:
        """Raises InputError: a soft mask leaves a part of a patch."""
        raise InputError("Only whole patches can be left out, and a soft mask hides parts of patches.")


Hiding = Painted | Dropped
