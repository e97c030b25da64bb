"""Scores a picture of which some patches are left out: their tokens are taken away before the first block.

Nothing is painted over. The other tokens keep their position embeddings and attend to each other alone, so
this is the same as masking all attention to the tokens that are gone, and costs less: work grows with the
tokens that stay, and attention with their square. The patch embedding runs once a batch.

Only transformers whose blocks attend to all tokens allow it, and only if nothing in a block depends on the
number of tokens (tables of relative positions, rotations). Both are checked.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import torch
from torch import nn

from ..network.attention import Attention
from ..network.batches import Progress, batch_size
from ..network.observe import hooked
from ..types import InputError, LayerSpec
from .distinct import Seen, scored_once
from .perturbations import Part, Score, run_parts
from .token_cost import TokenCost

TOLERANCE = 1e-5
GOLDEN = (5**0.5 - 1) / 2
CHECKS = 4  # inputs that are run until it is known that patches can be left out


class PatchDrop:
    """Scores one picture `x` (1, 3, H, W) in `net` without some of its patches; `layers` are the network's.

    `grid` is (h, w) of the patches. Raises InputError where patches cannot be left out."""

    def __init__(self, net: nn.Module, x: torch.Tensor, layers: Collection[LayerSpec]):
        sites = Attention(net, x, layers).sites
        first = sites.blocks[0]
        for site in sites.blocks:
            if site.windows is not None or site.tokens != first.tokens:
                raise InputError(
                    f"Patches can be left out only where every token attends to all others, and {site.key!r} "
                    "does not."
                )
        self.grid, self._prefix = first.block.size, first.prefix
        self._net, self._x, self._block = net, x, first.block.key
        blocks = [(net.get_submodule(site.block.key), site.block.channels) for site in sites.blocks]
        self._cost = TokenCost(blocks, x.device.type)
        self._check()

    def scores(
        self, keep: torch.Tensor, score: Score, progress: Progress, seen: Seen | None = None
    ) -> torch.Tensor:
        """The scores (M, ...) of the picture with the patches that `keep` bool (M, h w) names, row by row.
        Equal rows are scored once, and rows with equally many patches share batches. `seen(rows, scores)` is
        called with the scores so far whenever `progress` is due to show them."""
        if keep.shape[1] != self.grid[0] * self.grid[1]:
            raise InputError(
                f"keep names {keep.shape[1]} patches; the network has {self.grid[0]} x {self.grid[1]}."
            )

        def run(chosen: np.ndarray, look: Seen) -> torch.Tensor:
            parts = [self._part(rows, chosen, score) for rows in _batches(chosen, batch_size(self._x.device))]
            return run_parts(parts, self._x.device, progress, look)

        return scored_once(keep, run, progress, seen)

    def _part(self, rows: np.ndarray, chosen: np.ndarray, score: Score) -> Part:
        """One batch: the rows, which keep equally many patches, out of `chosen` bool (M, h w)."""

        def scores(start: int, stop: int) -> torch.Tensor:
            with torch.inference_mode():
                return score(self.logits(torch.from_numpy(chosen[rows[start:stop]])))

        tokens = self._prefix + int(chosen[rows[0]].sum())
        return Part(rows, scores, len(rows), self._cost.batch(len(rows), tokens) / len(rows))

    def logits(self, keep: torch.Tensor) -> torch.Tensor:
        """Logits (B, K) for `keep` bool (B, h w), whose rows keep equally many patches."""
        batch = len(keep)
        front = torch.ones(batch, self._prefix, dtype=torch.bool, device=keep.device)
        places = torch.cat([front, keep], 1).nonzero()[:, 1].view(batch, -1).to(self._x.device)

        def cut(_module: nn.Module, inputs: tuple) -> tuple[Any, ...]:
            tokens = inputs[0].expand(batch, -1, -1)
            return tokens.gather(1, places[..., None].expand(-1, -1, tokens.shape[2])), *inputs[1:]

        with hooked(self._net, {}, {self._block: cut}):
            found = self._net(self._x)
        if not found.isfinite().all():
            raise InputError(
                f"The network has no score with {int(keep[0].sum())} of its patches: it averages patches."
            )
        return found

    def _check(self) -> None:
        """With all patches the logits must be the network's own; and it must run with one patch less."""
        every = torch.ones(1, self.grid[0] * self.grid[1], dtype=torch.bool)
        fewer = every.clone()
        fewer[0, 0] = False
        with torch.no_grad():
            plain, found = self._net(self._x), self.logits(every)
            try:
                self.logits(fewer)
            except RuntimeError as error:  # shapes that do not fit
                raise InputError(
                    f"Patches cannot be left out: {self._block!r} or a block behind it needs all of them."
                ) from error
        if not (found - plain).abs().max() <= TOLERANCE * plain.abs().max().clamp(min=1):
            raise InputError(f"Patches cannot be left out: tokens pass {self._block!r} by.")


def _batches(chosen: np.ndarray, size: int) -> list[np.ndarray]:
    """The rows of bool (M, d) in batches that keep equally many patches each, in order among those.

    Batches of few and of many patches are mixed evenly from the start, by multiples of the golden ratio, so
    that a growing map is made of both, and the time of the first batches says what the others take."""
    counts = chosen.sum(1)
    waiting: dict[int, list[np.ndarray]] = {}
    for count in np.unique(counts).tolist():
        rows = np.flatnonzero(counts == count)
        waiting[count] = [rows[start : start + size] for start in range(0, len(rows), size)]
    kinds = [count for count, batches in waiting.items() for _ in batches]
    mixed = np.argsort(np.arange(len(kinds)) * GOLDEN % 1, kind="stable")
    return [waiting[kinds[place]].pop(0) for place in mixed]
