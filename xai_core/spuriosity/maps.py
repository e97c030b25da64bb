"""The first stage: a map of every picture for its own class, reduced to a small grid.

    m = mean over each cell of max(0, map),   m / sum m   on GRID x GRID cells of the input grid

So a map says where the evidence lies, and not how much there is. A map without any positive value is all
zero. Pictures go through the network in the groups of `evaluation.groups`; of each only the grid is kept."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch

from ..engine.explain import explain_looked, wanted_of
from ..engine.looked import Answered, look_together
from ..evaluation.groups import Group, Picture, Unread, read_ahead
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..types import Explanation, InputError, IsCancelled
from .search import GRID, Search

COLUMNS = ("number", "image", "label", "target", "predicted", "correct", "probability", "map")
Row = dict[str, object]
Outcome = list[Row] | str  # the rows of a piece of work, or the sentence that says why it has none
Outcomes = Generator[tuple[int, Outcome], None, None]


def reduced(e: Explanation) -> np.ndarray:
    """float32 (GRID, GRID): the positive part of the map, averaged over cells, with the sum 1, or 0."""
    positive = torch.from_numpy(np.maximum(e.upsampled(), 0).astype(np.float64))
    cells = torch.nn.functional.adaptive_avg_pool2d(positive[None, None], (GRID, GRID))[0, 0].numpy()
    total = cells.sum()
    return (cells / total if total > 0 else cells).astype(np.float32)


@dataclass(frozen=True)
class Maps:
    """The stage: called with groups of examples it gives each picture's number and its row."""

    search: Search

    def __call__(
        self, handle: ModelHandle, groups: Sequence[Group], cancelled: IsCancelled | None = None
    ) -> Outcomes:
        """In the order of the groups. `cancelled()` is asked before each group and picture. Raises
        Cancelled."""
        with closing(read_ahead(handle, groups)) as read:
            for group, pictures in zip(groups, read, strict=True):
                yield from self._of_group(handle, group, pictures, cancelled)

    def _of_group(
        self,
        handle: ModelHandle,
        group: Group,
        pictures: Sequence[Picture | Unread],
        cancelled: IsCancelled | None,
    ) -> Iterator[tuple[int, Outcome]]:
        seen = [one for one in pictures if isinstance(one, Picture)]
        answers = iter(self._answers(handle, group, seen, cancelled) if seen else [])
        for one in pictures:
            Progress(cancelled=cancelled).check()
            if isinstance(one, Picture):
                yield one.number, self._row(handle, one, next(answers), cancelled)
            else:
                yield one

    def _answers(
        self, handle: ModelHandle, group: Group, seen: Sequence[Picture], cancelled: IsCancelled | None
    ) -> list[Answered]:
        at = {one.number - group.first: one for one in seen}
        views = [at[place].view if place in at else None for place in range(group.size)]
        wanted = wanted_of(handle, [self.search.request(None)])
        with handle.session():
            progress = handle.progress(cancelled=cancelled)
            found = look_together(
                handle, views, wanted, lambda place, best: at[place].example.target, progress
            )
        return [one for one in found if one is not None]

    def _row(
        self, handle: ModelHandle, picture: Picture, answered: Answered, cancelled: IsCancelled | None
    ) -> Outcome:
        example = picture.example
        try:
            request = self.search.request(example.target)
            (e,) = explain_looked(handle, picture.image, answered.looked, [request], cancelled)
        except InputError as error:
            return str(error)
        best = answered.scores[0].index
        facts = (picture.number, example.name, example.label, example.target, best, best in example.targets)
        values = (*facts, e.probability, reduced(e).ravel())
        return [dict(zip(COLUMNS, values, strict=True))]
