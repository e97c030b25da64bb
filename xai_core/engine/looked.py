"""A picture that the network has looked at: its input, its view, and a capture for each map that is wanted.

`look` looks at one picture. `look_together` looks at a batch: one forward pass of each network that is
needed, and later one backward pass for each kind of score. The numbers of a picture differ from those of
`look` by rounding (docs/measured.md). They depend on its place in the batch and on the batch's length, and
not on the pictures in the other places."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..arrays import read_only
from ..network.batches import Progress, onto
from ..network.capture import Capture, Wanted
from ..network.handle import ModelHandle
from ..network.scores import rank
from ..network.together import Batch
from ..types import ClassScore, ImageInput

TOP = 5


@dataclass(frozen=True)
class Looked:
    """`x` (1, 3, H, W) is the network's input, `view` uint8 (H, W, 3) the picture as the network sees it,
    `captures` one for each map, `seconds` what looking took."""

    x: torch.Tensor
    view: np.ndarray
    captures: tuple[Capture, ...]
    seconds: float


@dataclass(frozen=True)
class Answered:
    """A picture of a batch: the TOP most probable classes, and the class that is explained."""

    looked: Looked
    scores: tuple[ClassScore, ...]
    target: int


def look(handle: ModelHandle, image: ImageInput, wanted: Sequence[Wanted]) -> Looked:
    """One capture for everything that is wanted of one picture; inside a session."""
    start = time.perf_counter()
    x = handle.preprocess(image)
    captures = handle.capture_each(x, wanted)
    return Looked(x, _seen(handle, x), tuple(captures), time.perf_counter() - start)


def _seen(handle: ModelHandle, x: torch.Tensor) -> np.ndarray:
    """The picture as the network sees it, uint8 (H, W, 3). To undo the normalisation takes less time than to
    resize the picture again; rounding takes its error away."""
    pixels = handle.grid.pixels(x.float())[0].permute(1, 2, 0).round().clamp(0, 255)
    return read_only(pixels.byte().cpu().numpy())


def look_together(
    handle: ModelHandle,
    views: Sequence[np.ndarray | None],
    wanted: Sequence[Wanted],
    target_of: Callable[[int, int], int],
    progress: Progress,
) -> list[Answered | None]:
    """The pictures of a batch by their `views`, uint8 (H, W, 3); inside a session. A place without a view
    stays grey, and None stands for it in the result.

    `target_of(place, best)` says which class of a picture is explained; `best` is the most probable one, by
    the capture that serves the first of `wanted`. Where the GPU's memory is full, the batch is halved; the
    error is raised for a batch of one."""
    progress.check()
    try:
        return _together(handle, views, wanted, target_of)
    except torch.OutOfMemoryError:
        if len(views) == 1:
            raise
        torch.cuda.empty_cache()
    half = len(views) // 2
    first = look_together(handle, views[:half], wanted, target_of, progress)
    second = look_together(
        handle, views[half:], wanted, lambda place, best: target_of(half + place, best), progress
    )
    return first + second


def _together(
    handle: ModelHandle,
    views: Sequence[np.ndarray | None],
    wanted: Sequence[Wanted],
    target_of: Callable[[int, int], int],
) -> list[Answered | None]:
    start = time.perf_counter()
    x = _input_of(handle, views)
    captures = handle.capture_each(x, wanted)
    logits = captures[0].logits.detach().cpu().double()
    scores = [
        None if view is None else rank(row, handle.labels, handle.activation, TOP)
        for row, view in zip(logits, views, strict=True)
    ]
    targets = [target_of(place, own[0].index) if own else 0 for place, own in enumerate(scores)]
    batches = {id(found): Batch(found, targets) for found in captures}
    spent = (time.perf_counter() - start) / max(1, sum(view is not None for view in views))
    made: list[Answered | None] = []
    for place, (view, own) in enumerate(zip(views, scores, strict=True)):
        if view is None or own is None:
            made.append(None)
            continue
        rows = {key: batch.row(place) for key, batch in batches.items()}
        served = tuple(rows[id(found)] for found in captures)
        made.append(Answered(Looked(x[place : place + 1], view, served, spent), own, targets[place]))
    return made


def _input_of(handle: ModelHandle, views: Sequence[np.ndarray | None]) -> torch.Tensor:
    """(N, 3, H, W) from the views; zeros, a grey, where there is none."""
    x = torch.zeros((len(views), 3, *handle.input_size), device=handle.device, dtype=handle.dtype)
    seen = [place for place, view in enumerate(views) if view is not None]
    pixels = torch.from_numpy(np.stack([view for view in views if view is not None]))
    moved = onto(pixels, handle.device).permute(0, 3, 1, 2).float()
    x[seen] = handle.grid.normalise(moved).to(handle.dtype)
    return x
