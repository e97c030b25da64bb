"""Scores each of many choices of what is left of a picture once, however often it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ..network.batches import Progress

Seen = Callable[[np.ndarray, torch.Tensor], None]  # (rows, their scores): what is known so far


def scored_once(
    keep: torch.Tensor, run: Callable[[np.ndarray, Seen], torch.Tensor], progress: Progress, seen: Seen | None
) -> torch.Tensor:
    """The scores (M, ...) of the rows of `keep` bool (M, d). `run(chosen, look)` scores the different rows
    among them, bool (m, d), and calls `look(numbers, scores)` with what it has so far. `seen(rows, scores)`
    gets the same for all rows. All M count as passes of `progress`."""
    every = keep.bool().cpu().numpy()
    first, back = _distinct(every)
    announced = progress.done + len(keep)

    def look(numbers: np.ndarray, found: torch.Tensor) -> None:
        place = np.full(len(first), -1)
        place[numbers] = np.arange(len(numbers))
        known = np.flatnonzero(place[back] >= 0)
        if seen is not None:
            seen(known, found[place[back[known]]])

    found = run(every[first], look)
    progress.reach(announced)
    return found[torch.from_numpy(back).to(found.device)]


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(first, back): the places of the different rows, in order; for every row, which of them it equals."""
    _, first, back = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[back.reshape(-1)]
