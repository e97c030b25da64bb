"""Pictures that differ from a known one in boxes of many sizes: those of one size are scored together.

Taking out a superpixel, or a region, changes a box of the picture; showing one on an empty picture does so
too. Rows with small boxes are run on windows where that is faster, which is measured; the others as
patchworks, where that is, or as whole pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..inputs.superpixels import boxes_of
from ..network.batches import Progress, batch_size, run_batches
from ..network.scores import Score
from .incremental import Patchwork, patchwork_of, put_together
from .perturbations import CPU_WINDOWS, Changes, score_inputs

SMALL = 0.35  # of a picture: windows of larger boxes soon cover every map
STEPS = 4  # boxes whose longer side lies in the same quarter of the picture's are one group
FEWEST = CPU_WINDOWS + batch_size(torch.device("cpu"))  # fewer rows do not show which way is faster

# What whole pictures have in common is looked for once so many are asked for, and so many batches are scored:
# who draws until it is enough, or tries how long it takes, has done soon.
MANY, FIRST = 200, 3

ONE_PIXEL = (0, 0, 1, 1)

Seen = Callable[[np.ndarray, torch.Tensor], None]


@dataclass(frozen=True, eq=False)
class Base:
    """A picture (1, 3, H, W) from which row i differs inside boxes[i] (top, left, height, width) only."""

    picture: torch.Tensor
    boxes: np.ndarray


def score_grouped(
    scorer: nn.Module,
    make: Callable[[np.ndarray], torch.Tensor],
    bases: Sequence[Base],
    score: Callable[[torch.Tensor], torch.Tensor],
    progress: Progress,
    seen: Seen | None = None,
    logits: Callable[[np.ndarray], torch.Tensor] | None = None,
) -> torch.Tensor:
    """The scores (M, ...) of the pictures that `make(numbers)` builds as (B, 3, H, W). Each counts as a
    change of the base from which it differs least. `seen(numbers, scores)` is given what is known whenever a
    look at it is due. Whole pictures are scored by `logits(numbers)`, if that is given."""
    device = bases[0].picture.device
    numbers: list[np.ndarray] = []
    pieces: list[torch.Tensor] = []
    for base, rows in _groups(bases):
        changes = None if base is None else _changes(make, base, rows)

        def part(start: int, stop: int, rows: np.ndarray = rows) -> torch.Tensor:
            return make(rows[start:stop])

        def whole(start: int, stop: int, rows: np.ndarray = rows) -> torch.Tensor:
            with torch.inference_mode():
                return score(logits(rows[start:stop]))

        def look(found: torch.Tensor, _count: int = 0, rows: np.ndarray = rows) -> None:
            seen(np.concatenate([*numbers, rows[: len(found)]]), torch.cat([*pieces, found]))

        if base is None and logits is not None:
            pieces.append(run_batches(whole, len(rows), device, progress, seen=seen and look))
        else:
            pieces.append(
                score_inputs(scorer, part, len(rows), score, device, progress, changes, seen and look)
            )
        numbers.append(rows)
    order = torch.from_numpy(np.argsort(np.concatenate(numbers))).to(device)
    return torch.cat(pieces)[order]


class Regions:
    """One picture `x` (1, 3, H, W), of which only some superpixels are left.

    `segments` (H, W) labels the superpixels 0..d-1, `baseline` (1, 3, H, W) stands in the others, and about
    `total` such pictures are going to be scored."""

    def __init__(
        self, scorer: nn.Module, x: torch.Tensor, baseline: torch.Tensor, segments: torch.Tensor, total: int
    ):
        self._scorer, self._x, self._baseline, self._segments = scorer, x, baseline, segments
        self._labels = segments.cpu().numpy()
        self._total, self._done, self._batches = total, 0, 0
        self._patchwork: Patchwork | None = None
        self._looked = False

    def scores(
        self, keep: torch.Tensor, score: Score, progress: Progress, seen: Seen | None = None
    ) -> torch.Tensor:
        """(M,) with the superpixels that `keep` (M, d) names left in it. Rows that are equal are scored once.
        `seen` as in `score_grouped`."""
        x, baseline = self._x, self._baseline
        every = keep.bool().cpu().numpy()
        first, back = _distinct(every)
        chosen = every[first]
        announced = progress.done + len(keep)
        bases = [
            Base(x, boxes_of_superpixels(self._labels, ~chosen)),
            Base(baseline, boxes_of_superpixels(self._labels, chosen)),
        ]

        def make(numbers: np.ndarray) -> torch.Tensor:
            return put_together(x, baseline, self._segments, chosen[numbers])

        def look(numbers: np.ndarray, found: torch.Tensor) -> None:
            place = np.full(len(first), -1)
            place[numbers] = np.arange(len(numbers))
            known = np.flatnonzero(place[back] >= 0)
            seen(known, found[place[back[known]]])

        left = max(self._total - self._done, len(first))
        many = self._done + len(first) >= MANY

        def logits(numbers: np.ndarray) -> torch.Tensor:
            if many:
                self._look_for_a_patchwork(left, len(numbers), progress)
            if self._patchwork is not None:
                return self._patchwork.logits(chosen[numbers])
            return self._scorer(make(numbers))

        found = score_grouped(self._scorer, make, bases, score, progress, seen and look, logits)
        self._done += len(first)
        progress.reach(announced)
        return found[torch.from_numpy(back).to(found.device)]

    def _look_for_a_patchwork(self, left: int, batch: int, progress: Progress) -> None:
        """Once, after the first batches: for the pictures that are left."""
        if self._batches >= FIRST and not self._looked:
            given = (self._scorer, self._x, self._baseline, self._segments, left, batch, progress.check)
            self._patchwork = patchwork_of(*given)
            self._looked = True
        self._batches += 1


def score_regions(
    scorer: nn.Module,
    x: torch.Tensor,
    baseline: torch.Tensor,
    segments: torch.Tensor,
    keep: torch.Tensor,
    score: Score,
    progress: Progress,
    seen: Seen | None = None,
) -> torch.Tensor:
    """`Regions.scores` (M,) of the pictures that `keep` (M, d) names, where those are all that is asked."""
    return Regions(scorer, x, baseline, segments, len(keep)).scores(keep, score, progress, seen)


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first of each kind of equal rows, in order, and for every row the kind it is of."""
    _, first, back = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[back.reshape(-1)]


def _groups(bases: Sequence[Base]) -> Iterator[tuple[Base | None, np.ndarray]]:
    """The rows of each group, in order, with their base; None for what is scored as whole pictures, last."""
    size = np.array(bases[0].picture.shape[2:])
    sides = np.stack([base.boxes[:, 2:] for base in bases]) / size  # (bases, M, 2)
    areas = sides.prod(2)
    nearest = areas.argmin(0)
    every = np.arange(len(nearest))
    step = np.ceil(STEPS * sides[nearest, every].max(1)).astype(int)
    whole = areas[nearest, every] > SMALL
    for number, base in enumerate(bases):
        for one in np.unique(step):
            rows = np.flatnonzero((nearest == number) & (step == one) & ~whole)
            if len(rows) >= FEWEST:
                yield base, rows
            else:
                whole[rows] = True
    if whole.any():
        yield None, np.flatnonzero(whole)


def _changes(make: Callable[[np.ndarray], torch.Tensor], base: Base, rows: np.ndarray) -> Changes:
    def crop(start: int, stop: int, places: torch.Tensor) -> torch.Tensor:
        pictures = make(rows[start:stop]).flatten(2)
        flat = places.flatten(1)[:, None].expand(-1, pictures.shape[1], -1)
        return pictures.gather(2, flat).unflatten(2, places.shape[1:])

    return Changes(base.boxes[rows], False, lambda _row: base.picture, crop)


def boxes_of_masks(masks: np.ndarray) -> np.ndarray:
    """int64 (M, 4): top, left, height and width of the smallest box around each mask of bool (M, H, W); one
    pixel for an empty mask."""
    corners, sizes = [], []
    for covered in (masks.any(2), masks.any(1)):
        first, behind = covered.argmax(1), covered.shape[1] - covered[:, ::-1].argmax(1)
        corners.append(first)
        sizes.append(behind - first)
    return np.where(masks.any((1, 2))[:, None], np.stack(corners + sizes, 1), ONE_PIXEL)


def boxes_of_superpixels(segments: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """int64 (M, 4): the same around the superpixels of `segments` (H, W), 0..d-1, that `chosen` bool (M, d)
    names."""
    every = boxes_of(segments)
    first, last = every[:, :2], every[:, :2] + every[:, 2:] - 1
    named = chosen[:, :, None]
    corner = np.where(named, first, segments.size).min(1)
    size = np.where(named, last, -1).max(1) - corner + 1
    return np.where(chosen.any(1)[:, None], np.concatenate([corner, size], 1), ONE_PIXEL)
