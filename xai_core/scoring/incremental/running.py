"""The intermediate results of the picture before the next one, where each picture keeps the changes of those
before it.

    known_k = known_{k-1}, with the cells of picture k in its window

They are carried on from batch to batch: after a batch the cells of its windows are written into them, newest
last, so that no whole picture is computed again. Each cell is computed from the cells below it, never from an
earlier value of its own, so that no rounding adds up.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from .network import Changed, Incremental, Values
from .windows import Windows, newest


class Running:
    """Runs `network` on the windows of pictures, each of which equals the one before outside its window."""

    def __init__(self, network: Incremental):
        self._network = network
        self._known: Values = {}
        self._current: set[int] = set()  # what in `_known` is of the picture before `_next`
        self._next: int | None = None

    def logits(
        self, start: int, before: Callable[[int], torch.Tensor], cells: torch.Tensor, windows: Windows
    ) -> torch.Tensor:
        """(N, K) logits of the pictures start .. start + N - 1 with their `cells` (N, 3, h, w) in `windows`.
        `before(start)` is the picture (1, 3, H, W) before the first of them. It is computed as a whole where
        these pictures do not follow those of the last call, or need a result that was not carried on."""
        planned = self._network.windows(windows)
        read = self._network.read(planned)
        if start != self._next or not read <= self._current:
            self._known = self._network.activations(before(start).clone())
            self._current = set(self._known)
        written: dict[int, tuple[np.ndarray, torch.Tensor]] = {}

        def note(number: int, changed: Changed) -> None:
            if number in read or number in self._network.readable:
                places, sources = newest(changed.windows)
                made = changed.cells.permute(0, 2, 3, 1).flatten(0, 2)
                written[number] = places, made[torch.from_numpy(sources).to(made.device)]

        found = self._network.logits(self._known, cells, windows, planned, note)
        for number, (places, values) in written.items():
            known = self._known[number]
            rows, columns = (torch.from_numpy(n).to(known.device) for n in divmod(places, known.shape[3]))
            known[0].permute(1, 2, 0)[rows, columns] = values
        self._current, self._next = set(written), start + len(windows)
        return found
