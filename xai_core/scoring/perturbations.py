"""The one way in which perturbed pictures are scored: built on the device batch by batch, on the folded twin.

Progress and cancel between batches, a batch size that follows memory, equal perturbations scored once, and
pictures that differ in a window run on that window where it pays.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress, batch_size, run_batches
from ..network.scores import Score
from .incremental import Engine, boxes_as_windows, engine_of

CPU_WINDOWS, GPU_WINDOWS = 32, 512  # at a time; more, and glibc hands the memory of a layer back each time


@dataclass(frozen=True, eq=False)
class Changes:
    """That row i of a set of pictures differs only inside boxes[i] (top, left, height, width) from
    `before(i)` (1, 3, H, W): from one picture for all rows, or, `running`, from row i - 1, which `before`
    gives for any row that a batch starts with. `crop(start, stop, places)` gives the cells of the rows (N, 3,
    h, w) at `places`, int64 (N, h, w) numbers of pixels, row by row."""

    boxes: np.ndarray
    running: bool
    before: Callable[[int], torch.Tensor]
    crop: Callable[[int, int, torch.Tensor], torch.Tensor]


def cells(picture: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """What a picture (1, C, H, W) holds at `places`, int64 (N, h, w) numbers of pixels: (N, C, h, w)."""
    return picture.expand(1, *picture.shape[1:]).flatten(2)[0][:, places].transpose(0, 1)


def score_inputs(
    scorer: nn.Module,
    make: Callable[[int, int], torch.Tensor],
    total: int,
    score: Score,
    device: torch.device,
    progress: Progress,
    changes: Changes | None = None,
    seen: Callable[[torch.Tensor], None] | None = None,
) -> torch.Tensor:
    """The scores (total,) of the inputs that `make(start, stop)` builds as (B, 3, H, W). With `changes` they
    are scored window by window where that is faster here, which the first batches show. `seen` is given the
    scores so far whenever a look at them is due."""

    def whole(start: int, stop: int) -> torch.Tensor:
        with torch.inference_mode():
            return score(scorer(make(start, stop).contiguous(memory_format=torch.channels_last)))

    engine = engine_of(scorer, changes.before(0)) if changes is not None else None
    if engine is None or engine.network is None:
        return run_batches(whole, total, device, progress, seen=seen and (lambda found, _count: seen(found)))
    return _by_windows(engine, changes, whole, total, score, device, progress, seen)


def _by_windows(
    engine: Engine,
    changes: Changes,
    whole: Callable[[int, int], torch.Tensor],
    total: int,
    score: Score,
    device: torch.device,
    progress: Progress,
    seen: Callable[[torch.Tensor], None] | None,
) -> torch.Tensor:
    """Batches of windows, or of whole pictures where those are faster. The first time, a batch of each is
    timed; both count."""
    windowed = _Windowed(engine, changes, score)
    small, large = batch_size(device), CPU_WINDOWS if device.type == "cpu" else GPU_WINDOWS
    pieces: list[torch.Tensor] = []
    start = 0

    def advance(work: Callable[[int, int], torch.Tensor], stop: int, size: int) -> float:
        """Score the rows up to `stop`; the seconds that one took."""
        nonlocal start
        first, began = start, time.perf_counter()

        def look(found: torch.Tensor, _count: int) -> None:
            seen(torch.cat([*pieces, found]))

        pieces.append(
            run_batches(
                lambda a, b: work(first + a, first + b), stop - first, device, progress, size, seen and look
            )
        )
        start = stop
        spent = time.perf_counter() - began
        if seen is not None and stop < total and progress.due():
            seen(torch.cat(pieces))
        return spent / (stop - first)

    kind = windowed.kind()
    if kind not in engine.faster and total >= large + small:
        engine.faster[kind] = advance(windowed, large, large) < advance(whole, large + small, small)
    pays = engine.faster.get(kind, False)
    if start < total:
        advance(windowed if pays else whole, total, large if pays else small)
    return torch.cat(pieces)


class _Windowed:
    """Scores rows by their windows."""

    def __init__(self, engine: Engine, changes: Changes, score: Score):
        self._network, self._changes, self._score = engine.network, changes, score
        self._known: dict | None = None

    def kind(self) -> tuple:
        """What windows have to have in common to cost the same."""
        height, width = (-(-int(self._changes.boxes[:, axis].max()) // 4) for axis in (2, 3))
        return height, width, self._changes.running

    def __call__(self, start: int, stop: int) -> torch.Tensor:
        changes = self._changes
        with torch.inference_mode():
            if self._known is None or changes.running:
                self._known = self._network.activations(changes.before(start))
            x = changes.before(start)
            size = tuple(x.shape[2:])
            windows = boxes_as_windows(changes.boxes[start:stop], size, changes.running)
            rows = windows.top[:, None] + np.arange(windows.height)
            columns = windows.left[:, None] + np.arange(windows.width)
            places = torch.from_numpy(rows[:, :, None] * size[1] + columns[:, None, :]).to(x.device)
            cells = changes.crop(start, stop, places)
            return self._score(self._network.logits(self._known, cells, windows))
