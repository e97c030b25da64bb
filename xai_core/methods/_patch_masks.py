"""RISE with masks of whole patches: M_j = 1/(n p) sum_i s(x with the patches of m_i) m_ij."""

from __future__ import annotations

import numpy as np
import torch

from ..network.batches import Progress
from ..network.scores import Score
from ..scoring.hiding import PartsKept
from ._pairs import halves_of


class PatchSums:
    """The masks `kept` bool (M, d) of one picture, drawn with probability `share` by `draw` (`_pairs`), and
    their scores as far as they are known. `patches` (H, W) labels the patches row by row."""

    def __init__(
        self,
        parts: PartsKept,
        patches: torch.Tensor,
        kept: torch.Tensor,
        share: float,
        draw: str,
        score: Score,
        progress: Progress,
    ):
        self._parts, self._kept, self._share, self._draw = parts, kept, share, draw
        self._score, self._progress = score, progress
        columns = int(patches[0].max()) + 1
        self._size = kept.shape[1] // columns, columns
        self._scores = torch.zeros(len(kept), dtype=torch.float64)

    def draw(self, start: int, stop: int) -> None:
        """Score the masks start .. stop - 1."""

        def look(numbers: np.ndarray, found: torch.Tensor) -> None:
            rows = torch.from_numpy(np.concatenate([np.arange(start), start + numbers]))
            scores = torch.cat([self._scores[:start], found.cpu().double()])
            self._progress.show(self._mean(rows, scores), len(rows), len(self._kept))

        found = self._parts.scores(self._kept[start:stop], self._score, self._progress, look)
        self._scores[start:stop] = found.cpu().double()

    def map(self, count: int) -> torch.Tensor:
        """M after `count` masks: (h, w)."""
        return self._mean(torch.arange(count), self._scores[:count])

    def halves(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The maps of two halves of the masks, or of the pairs. The mean score is subtracted from each score
        first, because how often a patch was visible says nothing about the network."""
        one, other = (
            self._mean(rows, self._scores[rows] - self._scores[rows].mean())
            for rows in map(torch.from_numpy, halves_of(count, self._draw))
        )
        return one.numpy(), other.numpy()

    def _mean(self, rows: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """1/(n p) sum_i s_i m_i over these masks."""
        total = scores @ self._kept[rows].double()
        return (total / (len(rows) * self._share)).view(self._size)
