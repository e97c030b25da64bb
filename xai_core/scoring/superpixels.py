"""Scores pictures of which some superpixels, or some regions, are hidden or shown.

Such a picture differs from the given picture inside the box around what is hidden, and from the baseline
inside the box around what is shown. Pictures with small boxes are grouped by the size of the box and scored
on windows, if that is less work. The others are scored as patchworks, if that is less work, or as whole
pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..inputs.superpixels import boxes_of
from ..network.batches import Progress, batch_size
from .distinct import Seen, scored_once
from .incremental import Patchwork, Plan, make_patchwork, patchwork_plan, put_together
from .perturbations import FEWEST, Changes, Part, Score, run_parts, whole_part, windows_part

SMALL = 0.35  # share of the picture; windows around larger boxes soon cover every map
STEPS = 4  # boxes whose longer side lies in the same quarter of the picture's side form a group
MANY = 200  # pictures from which on a patchwork is considered; an adaptive draw may end before

ONE_PIXEL = (0, 0, 1, 1)

Make = Callable[[np.ndarray], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Base:
    """A picture (1, 3, H, W). Perturbed picture i differs from it inside boxes[i] (top, left, height, width)
    only; `boxes` is int64 (M, 4)."""

    picture: torch.Tensor
    boxes: np.ndarray


def score_grouped(
    scorer: nn.Module, make: Make, bases: Sequence[Base], score: Score, progress: Progress
) -> torch.Tensor:
    """The scores (M, ...) of the pictures that `make(numbers)` returns as (B, 3, H, W). Each picture counts
    as a change of the base from which it differs in the smallest box."""
    device = bases[0].picture.device
    parts, rest = _on_windows(scorer, make, bases, score)
    if len(rest):
        parts.append(
            whole_part(scorer, lambda start, stop: make(rest[start:stop]), rest, score, device, len(rest))
        )
    return run_parts(parts, device, progress)


class Regions:
    """Scores one picture `x` (1, 3, H, W) of which only some superpixels are left.

    `segments` (H, W) labels the superpixels 0..d-1, and `baseline` (1, 3, H, W) replaces those that are not
    left. `total` is how many such pictures will be scored in all; the choice of the route uses it."""

    def __init__(
        self, scorer: nn.Module, x: torch.Tensor, baseline: torch.Tensor, segments: torch.Tensor, total: int
    ):
        self._scorer, self._x, self._baseline, self._segments = scorer, x, baseline, segments
        self._labels = segments.cpu().numpy()
        self._total, self._asked = total, 0
        self._plan: Plan | None = None
        self._patchwork: Patchwork | None = None
        self._planned = False

    def scores(
        self, keep: torch.Tensor, score: Score, progress: Progress, seen: Seen | None = None
    ) -> torch.Tensor:
        """The scores (M,) of the pictures with the superpixels that `keep` bool (M, d) names. Equal rows are
        scored once. `seen(rows, scores)` is called with the scores so far whenever `progress` is due to show
        them."""

        def run(chosen: np.ndarray, look: Seen) -> torch.Tensor:
            bases = [
                Base(self._x, boxes_of_superpixels(self._labels, ~chosen)),
                Base(self._baseline, boxes_of_superpixels(self._labels, chosen)),
            ]

            def make(numbers: np.ndarray) -> torch.Tensor:
                return put_together(self._x, self._baseline, self._segments, chosen[numbers])

            parts, rest = _on_windows(self._scorer, make, bases, score)
            self._asked += len(chosen)
            if len(rest):
                parts.append(self._others(make, chosen, rest, score, progress))
            return run_parts(parts, self._x.device, progress, look)

        return scored_once(keep, run, progress, seen)

    def _others(
        self, make: Make, chosen: np.ndarray, rest: np.ndarray, score: Score, progress: Progress
    ) -> Part:
        """The part for the pictures `rest` that are not scored on windows: patchworks or whole pictures."""
        device = self._x.device
        part = (self._scorer, lambda start, stop: make(rest[start:stop]), rest, score, device)
        whole = whole_part(*part, self._total)
        if not self._planned and self._asked >= MANY:
            left = len(rest) + max(self._total - self._asked, 0)
            batch = batch_size(device)
            self._plan = patchwork_plan(self._scorer, self._x, self._segments, left, batch)
            self._planned = True
        if self._plan is None:
            return whole

        def scores(start: int, stop: int) -> torch.Tensor:
            self._make_patchwork(stop - start, progress)
            if self._patchwork is None:
                return whole.scores(start, stop)
            with torch.inference_mode():
                return score(self._patchwork.logits(chosen[rest[start:stop]]))

        setup = self._plan.setup if self._patchwork is None else 0.0
        return Part(rest, scores, whole.batch, self._plan.each, setup)

    def _make_patchwork(self, batch: int, progress: Progress) -> None:
        """Make the planned patchwork, once. Forget the plan if its logits are wrong."""
        if self._patchwork is None and self._plan is not None:
            pictures = (self._scorer, self._x, self._baseline, self._segments)
            self._patchwork = make_patchwork(*pictures, self._plan, batch, progress)
            self._plan = self._plan if self._patchwork is not None else None


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
    """The scores (M,) of `x` (1, 3, H, W) with the superpixels that `keep` bool (M, d) names, if no others
    will be asked for. Arguments as for `Regions`."""
    return Regions(scorer, x, baseline, segments, len(keep)).scores(keep, score, progress, seen)


def _on_windows(
    scorer: nn.Module, make: Make, bases: Sequence[Base], score: Score
) -> tuple[list[Part], np.ndarray]:
    """The parts that are scored on windows, and the numbers of all other pictures."""
    parts, rest = [], np.ones(len(bases[0].boxes), bool)
    for base, rows in _groups(bases):
        part = windows_part(scorer, _changes(make, base, rows), rows, score)
        if part is not None:
            parts.append(part)
            rest[rows] = False
    return parts, np.flatnonzero(rest)


def _groups(bases: Sequence[Base]) -> Iterator[tuple[Base, np.ndarray]]:
    """Groups of pictures with small boxes of about one size, with the base from which they differ least."""
    size = np.array(bases[0].picture.shape[2:])
    sides = np.stack([base.boxes[:, 2:] for base in bases]) / size  # (bases, M, 2)
    areas = sides.prod(2)
    nearest = areas.argmin(0)
    every = np.arange(len(nearest))
    step = np.ceil(STEPS * sides[nearest, every].max(1)).astype(int)
    small = areas[nearest, every] <= SMALL
    for number, base in enumerate(bases):
        for one in np.unique(step):
            rows = np.flatnonzero((nearest == number) & (step == one) & small)
            if len(rows) >= FEWEST:
                yield base, rows


def _changes(make: Make, base: Base, rows: np.ndarray) -> Changes:
    def crop(start: int, stop: int, places: torch.Tensor) -> torch.Tensor:
        pictures = make(rows[start:stop]).flatten(2)
        flat = places.flatten(1)[:, None].expand(-1, pictures.shape[1], -1)
        return pictures.gather(2, flat).unflatten(2, places.shape[1:])

    return Changes(base.boxes[rows], False, lambda _row: base.picture, crop)


def boxes_of_masks(masks: np.ndarray) -> np.ndarray:
    """int64 (M, 4): top, left, height and width of the smallest box around each mask of bool (M, H, W). The
    box of an empty mask is one pixel."""
    corners, sizes = [], []
    for axis in (2, 1):
        covered = np.any(masks, axis)
        first, behind = covered.argmax(1), covered.shape[1] - covered[:, ::-1].argmax(1)
        corners.append(first)
        sizes.append(behind - first)
    return np.where(np.any(masks, (1, 2))[:, None], np.stack(corners + sizes, 1), ONE_PIXEL)


def boxes_of_superpixels(segments: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """int64 (M, 4): the same for the superpixels of `segments` (H, W), 0..d-1, that `chosen` bool (M, d)
    names."""
    every = boxes_of(segments)
    first, last = every[:, :2], every[:, :2] + every[:, 2:] - 1
    named = chosen[:, :, None]
    corner = np.where(named, first, segments.size).min(1)
    size = np.where(named, last, -1).max(1) - corner + 1
    return np.where(np.any(chosen, 1)[:, None], np.concatenate([corner, size], 1), ONE_PIXEL)
