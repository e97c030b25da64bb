"""Pictures put together of two: each superpixel is the one's or the other's.

    x_z = x where z_j = 1, b where z_j = 0, on superpixel j;   z in {0, 1}^d

A place of an early map sees k of the d superpixels, so it takes 2^k values at most, however many such
pictures there are. A few pictures that show every place all its combinations (a covering array) are run up to
there; the map of any other is gathered from theirs, place by place, and only what lies behind is run. The
result is the network's own, up to the order of additions.

Cohen, Dalal, Fredman and Patton, The AETG system, IEEE Transactions on Software Engineering 23, 1997, for
covering arrays."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from operator import attrgetter

import numpy as np
import torch
from torch.nn import functional as F

from .network import Incremental, clock
from .receptive_field import receptive_field

MOST = 7  # superpixels seen from a place; each one more doubles the pictures that are needed
LARGEST = 1 << 28  # bytes of the maps that are kept
WORTH = 0.2  # of the time; less is soon lost on the search and on what it promised too much


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """`members` int64 (S, k): the superpixels that are seen together, filled up with d; `where` int64
    (h * w,): which of them each place has."""

    members: np.ndarray
    where: np.ndarray

    @classmethod
    def of(cls, sees: torch.Tensor) -> Neighbourhoods | None:
        """Of bool (d, h, w); None where a place sees too many."""
        columns = sees.flatten(1).T.cpu().numpy()
        most = int(columns.sum(1).max())
        if most > MOST:
            return None
        _, first, where = np.unique(np.packbits(columns, 1), axis=0, return_index=True, return_inverse=True)
        members = np.full((len(first), max(most, 1)), columns.shape[1])
        for row, column in zip(members, columns[first], strict=True):
            seen = np.flatnonzero(column)
            row[: len(seen)] = seen
        return cls(members, where.reshape(-1))

    def patterns(self, rows: np.ndarray) -> np.ndarray:
        """int64 (M, S): what bool (M, d) shows each neighbourhood, as a number below 2^k."""
        filled = np.concatenate([rows, np.zeros((len(rows), 1), bool)], 1)
        return (filled[:, self.members] << np.arange(self.members.shape[1])).sum(2)


@dataclass(frozen=True, eq=False)
class Cut:
    """A place of the network behind which everything depends on one result alone: its number, its shape for
    one picture, what its places see, and the seconds that a picture takes up to there."""

    place: int
    number: int
    size: tuple[int, ...]
    sees: torch.Tensor
    seconds: float


def put_together(
    x: torch.Tensor, baseline: torch.Tensor, labels: torch.Tensor, rows: np.ndarray
) -> torch.Tensor:
    """(M, 3, H, W), channels last: superpixel j of `labels` (H, W), 0..d-1, is that of `x` where rows[:, j],
    bool (M, d), else that of `baseline` (1, 3, H, W)."""
    shown = torch.from_numpy(rows).to(x.device)[:, labels][:, None]
    return torch.where(shown, x, baseline).contiguous(memory_format=torch.channels_last)


class Patchwork:
    """`network` for the pictures of which superpixel j of `labels` (H, W), 0..d-1, is that of `x` or that of
    `baseline` (1, 3, H, W). Runs the covering pictures up to the cut, `batch` at a time, with a `check` that
    may raise before each."""

    def __init__(
        self,
        network: Incremental,
        x: torch.Tensor,
        baseline: torch.Tensor,
        labels: torch.Tensor,
        cut: Cut,
        nearby: Neighbourhoods,
        rows: np.ndarray,
        batch: int,
        check: Callable[[], None] = lambda: None,
    ):
        self._network, self._cut, self._nearby = network, cut, nearby
        self._table = np.zeros((len(nearby.members), 1 << nearby.members.shape[1]), np.int64)
        every = np.arange(len(nearby.members))
        for number, patterns in enumerate(nearby.patterns(rows)):
            self._table[every, patterns] = number
        kept = []
        for start in range(0, len(rows), batch):
            check()
            pictures = put_together(x, baseline, labels, rows[start : start + batch])
            found = network.between({0: pictures}, 0, cut.place + 1, len(pictures))[cut.number]
            kept.append(found.permute(0, 2, 3, 1).reshape(-1, found.shape[1]))
        self._kept = torch.cat(kept)

    def logits(self, rows: np.ndarray) -> torch.Tensor:
        """(B, K) for the pictures that bool (B, d) names."""
        chosen = self._table[np.arange(len(self._table)), self._nearby.patterns(rows)]
        places = len(self._nearby.where)
        index = torch.from_numpy(chosen[:, self._nearby.where] * places + np.arange(places))
        found = self._kept[index.reshape(-1).to(self._kept.device)]
        maps = found.view(len(rows), *self._cut.size[2:], -1).permute(0, 3, 1, 2)
        values = {self._cut.number: maps}
        return self._network.between(values, self._cut.place + 1, None, len(rows))[self._network.end]


def best_cut(
    network: Incremental, pictures: torch.Tensor, labels: torch.Tensor, total: int
) -> tuple[Cut, Neighbourhoods, np.ndarray] | None:
    """Where cutting saves the most of `total` pictures, by what each step takes on `pictures` (B, 3, H, W),
    with its neighbourhoods and the covering pictures bool (P, d); None where it saves less than a fifth."""
    count = int(labels.max()) + 1
    whole = sum(taken for taken, _ in network.profile(pictures)) / len(pictures)
    best, saved = None, WORTH * whole * total
    for cut in sorted(_cuts(network, pictures, labels, count), key=attrgetter("seconds"), reverse=True):
        if cut.seconds * total <= saved:
            break
        nearby = Neighbourhoods.of(cut.sees)
        if nearby is None:
            continue
        gain = (cut.seconds - _gathering(cut.size, pictures)) * total
        limit = min((gain - saved) / cut.seconds, LARGEST / (pictures.element_size() * prod(cut.size)))
        rows = covering(nearby.members, count, int(limit))
        if rows is not None:
            best, saved = (cut, nearby, rows), gain - cut.seconds * len(rows)
    return best


def _gathering(size: tuple[int, ...], pictures: torch.Tensor) -> float:
    """The seconds that putting together one map of that size takes."""
    _, channels, height, width = size
    kept = pictures.new_zeros((len(pictures) * height * width, channels))
    order = torch.randperm(len(kept), device=kept.device)
    times = []
    for _ in range(3):
        began = clock(kept.device)
        kept[order]
        times.append(clock(kept.device) - began)
    return min(times) / len(pictures)


def _cuts(network: Incremental, pictures: torch.Tensor, labels: torch.Tensor, count: int) -> Iterator[Cut]:
    sees = {0: F.one_hot(labels, count).permute(2, 0, 1).bool()}
    sizes: dict[int, torch.Size] = {0: pictures.shape}
    total = 0.0
    for place, (taken, shapes) in enumerate(network.profile(pictures)):
        total += taken / len(pictures)
        sizes |= shapes
        for number, size in shapes.items():
            found = receptive_field(network.steps[place], sees, size)
            if found is not None:
                sees[number] = found
        live = network.live[place]
        if not live & sees.keys():
            return
        if len(live) == 1:
            (number,) = live
            yield Cut(place, number, (1, *sizes[number][1:]), sees[number], total)


def covering(members: np.ndarray, count: int, limit: int) -> np.ndarray | None:
    """bool (P, count): rows that show each set of `members` (S, k), filled up with `count`, all its 2^k
    combinations; None where that takes more than `limit`. Greedy: each row takes up one missing combination
    of as many sets as go together."""
    masks = sorted({sum(1 << int(j) for j in row if j < count) for row in members}, key=int.bit_count)
    largest: list[int] = []
    for mask in reversed(masks):
        if not any(mask & other == mask for other in largest):
            largest.append(mask)
    missing = [(mask, set(_subsets(mask))) for mask in largest]
    chance, rows = random.Random(0), []
    while missing:
        if len(rows) >= limit:
            return None
        row, fixed = 0, 0
        for mask, open_ in sorted(missing, key=lambda one: -len(one[1])):
            common = mask & fixed
            fitting = next((one for one in open_ if not (one ^ row) & common), None)
            if fitting is not None:
                row, fixed = row | fitting, fixed | mask
        row |= chance.getrandbits(count) & ~fixed
        rows.append(row)
        for mask, open_ in missing:
            open_.discard(row & mask)
        missing = [one for one in missing if one[1]]
    return _bits(rows, count)


def _subsets(mask: int) -> Iterator[int]:
    """Every number whose bits are among those of `mask`."""
    part = mask
    while True:
        yield part
        if not part:
            return
        part = (part - 1) & mask


def _bits(rows: Sequence[int], count: int) -> np.ndarray:
    return np.array([[row >> j & 1 for j in range(count)] for row in rows], bool).reshape(-1, count)
