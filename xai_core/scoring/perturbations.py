"""Scores perturbed pictures: the one place where methods, attacks and metrics send them to the network.

Pictures are built batch by batch on the device and scored by the folded network, or by what it was compiled
to (`compiled`). There are three routes: whole pictures; windows, if each picture differs from a known one in
a small window; patchworks (see `incremental.patchwork`). Which one is taken follows from counted work, so the
same request always runs the same operations. A batch is halved only when the GPU runs out of memory; the last
bits of its scores may then differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress, batch_size, run_batches
from .incremental import CostModel, Incremental, Running, boxes_as_windows, engine_of, key_of, known_engine
from .metering import meter_of

CPU_WINDOWS, GPU_WINDOWS = 32, 512  # a batch; with more, glibc returns each layer's memory to the system
FEWEST = 32  # fewer pictures take less time than recording and checking the network, which windows need

Score = Callable[[torch.Tensor], torch.Tensor]  # logits (N, K) -> scores (N, ...)
Scores = Callable[[int, int], torch.Tensor]  # (start, stop) -> the scores of these pictures


@dataclass(frozen=True, eq=False)
class Changes:
    """How pictures differ from a known one.

    Picture i differs inside boxes[i] (top, left, height, width) only. If `running` is False it differs there
    from the known picture before(i) (1, 3, H, W), which is the same for all i. If `running` is True it
    differs from picture i - 1, and before(i) returns that picture. `crop(start, stop, places)` returns the
    pixels (N, 3, h, w) of pictures start .. stop - 1 at `places`, int64 (N, h, w) pixel numbers counted row
    by row."""

    boxes: np.ndarray
    running: bool
    before: Callable[[int], torch.Tensor]
    crop: Callable[[int, int, torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Part:
    """Pictures that take one route: their numbers `rows`, the function that scores the pictures
    rows[start:stop], and the size of its batches. `work` is the modelled work of a picture and `setup` that
    of what comes before the first one; both are 0 if nothing is modelled."""

    rows: np.ndarray
    scores: Scores
    batch: int
    work: float = 0.0
    setup: float = 0.0


def cells(picture: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """The pixels (N, C, h, w) of a picture (1, C, H, W) at `places`, int64 (N, h, w) pixel numbers."""
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
    """The scores (total,) of the pictures that `make(start, stop)` returns as (B, 3, H, W).

    With `changes` they are scored on windows if that is less work. `seen` is called with the scores so far
    whenever `progress` is due to show them."""
    rows, part = np.arange(total), None
    if changes is not None and total >= FEWEST:
        part = windows_part(scorer, changes, rows, score)
    part = part or whole_part(scorer, make, rows, score, device, total)
    return run_parts([part], device, progress, seen and (lambda _rows, found: seen(found)))


def run_parts(
    parts: Sequence[Part],
    device: torch.device,
    progress: Progress,
    seen: Callable[[np.ndarray, torch.Tensor], None] | None = None,
) -> torch.Tensor:
    """The scores (M, ...) of all parts, in the order of their row numbers 0..M-1. `seen(rows, scores)` is
    called with all that is known whenever `progress` is due to show it; it changes no batch."""
    meter = meter_of(progress)
    done: list[np.ndarray] = []
    pieces: list[torch.Tensor] = []
    for part in parts:
        meter.plan(len(part.rows), part.setup + part.work * len(part.rows))
    for part in parts:
        meter.row = part.work

        def look(found: torch.Tensor, count: int, rows: np.ndarray = part.rows) -> None:
            if seen is not None:
                seen(np.concatenate([*done, rows[:count]]), torch.cat([*pieces, found]))

        pieces.append(run_batches(part.scores, len(part.rows), device, progress, part.batch, look))
        done.append(part.rows)
        if seen is not None and len(done) < len(parts) and progress.due():
            seen(np.concatenate(done), torch.cat(pieces))
    scores = torch.cat(pieces)
    order = torch.from_numpy(np.argsort(np.concatenate(done)))
    return scores[order.to(scores.device)]  # a score may have been computed on the CPU


def whole_part(
    scorer: nn.Module,
    make: Callable[[int, int], torch.Tensor],
    rows: np.ndarray,
    score: Score,
    device: torch.device,
    total: int,
) -> Part:
    """The part that scores whole pictures, as `make(start, stop)` returns them: by the compiled scorer if it
    has `total` pictures to score, which are worth compiling it, else as it is."""
    batch = batch_size(device)
    engine = engine_of(scorer, make(0, 1)) if total >= FEWEST and len(rows) else known_engine(key_of(scorer))
    programs = engine.compiled.programs if engine is not None and total >= FEWEST else None

    def scores(start: int, stop: int) -> torch.Tensor:
        with torch.inference_mode():
            if programs is not None:
                return score(programs.whole(make(start, stop)))
            return score(scorer(make(start, stop).contiguous(memory_format=torch.channels_last)))

    work = 0.0 if engine is None or engine.costs is None else engine.costs.pictures(batch, batch) / batch
    return Part(rows, scores, batch, work)


def windows_part(scorer: nn.Module, changes: Changes, rows: np.ndarray, score: Score) -> Part | None:
    """The part that scores pictures by their windows; None if whole pictures are less work, or if the
    network cannot be run on windows."""
    known = changes.before(0)
    engine = engine_of(scorer, known)
    if engine.network is None or engine.costs is None:
        return None
    batch = CPU_WINDOWS if known.device.type == "cpu" else GPU_WINDOWS
    work = _work_of_windows(engine.costs, changes, batch, (known.shape[2], known.shape[3]))
    if work >= engine.costs.pictures(len(rows), batch_size(known.device)):
        return None
    return Part(rows, _Windowed(engine.network, changes, score, known.device), batch, work / len(rows))


def _work_of_windows(costs: CostModel, changes: Changes, batch: int, size: tuple[int, int]) -> float:
    """Modelled seconds of all batches, with the known picture."""
    boxes = changes.boxes
    batches = [boxes[start : start + batch] for start in range(0, len(boxes), batch)]
    windows = [boxes_as_windows(one, size, changes.running) for one in batches]
    carrying = sum(costs.carrying(one) for one in windows) if changes.running else 0.0
    return costs.activations() + sum(costs.windows(one) for one in windows) + carrying


class _Windowed:
    """Scores pictures by running the network on their windows."""

    def __init__(self, network: Incremental, changes: Changes, score: Score, device: torch.device):
        self._network, self._changes, self._score, self._device = network, changes, score, device
        self._running = Running(network)
        self._known: dict | None = None

    def __call__(self, start: int, stop: int) -> torch.Tensor:
        changes = self._changes
        with torch.inference_mode():
            size = self._network.sizes[0][2:]
            windows = boxes_as_windows(changes.boxes[start:stop], (size[0], size[1]), changes.running)
            rows = windows.top[:, None] + np.arange(windows.height)
            columns = windows.left[:, None] + np.arange(windows.width)
            places = torch.from_numpy(rows[:, :, None] * size[1] + columns[:, None, :])
            pixels = changes.crop(start, stop, places.to(self._device))
            if changes.running:
                return self._score(self._running.logits(start, changes.before, pixels, windows))
            if self._known is None:
                self._known = self._network.activations(changes.before(start))
            return self._score(self._network.logits(self._known, pixels, windows))
