"""Patchworks: pictures in which each superpixel is taken from one of two given pictures, x or the baseline b.

    x_z = x where z_j = 1, b where z_j = 0, on superpixel j;   z in {0, 1}^d

A place of an early map depends on k superpixels only, so it takes at most 2^k values, however many such
pictures there are. A few pictures that show every place all its combinations (a covering array) are run up to
that map, called the cut. The map of any other patchwork is then gathered from theirs, place by place, and
only the rest of the network is run.

The logits are the network's own, up to the order in which float sums are added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from torch.nn import functional as F

from .cost import CostModel
from .covering import covering
from .network import Incremental
from .receptive_field import receptive_field

MOST = 7  # superpixels that a place may depend on; each further one doubles the covering pictures
LARGEST = 1 << 28  # bytes that the kept maps may take
WORTH = 0.1  # least share of the work that a patchwork has to save, since the model is not exact


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """The different sets of superpixels that places of a map depend on: `members` int64 (S, k), filled up
    with d; `where` int64 (h * w,) is the set of each place."""

    members: np.ndarray
    where: np.ndarray

    @classmethod
    def of(cls, fields: torch.Tensor) -> Neighbourhoods | None:
        """From the receptive fields bool (d, h, w); None if a place depends on more than MOST superpixels."""
        columns = fields.flatten(1).T.cpu().numpy()
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
        """int64 (M, S): which of its 2^k combinations each set shows in the patchworks bool (M, d)."""
        filled = np.concatenate([rows, np.zeros((len(rows), 1), bool)], 1)
        return (filled[:, self.members] << np.arange(self.members.shape[1])).sum(2)


@dataclass(frozen=True, eq=False)
class Cut:
    """A place of the network behind which everything depends on one map alone: the step that ends there, the
    number of the map, the receptive fields bool (d, h, w) of its places, and the modelled seconds that a
    picture takes up to there."""

    place: int
    number: int
    fields: torch.Tensor
    seconds: float


@dataclass(frozen=True, eq=False)
class Plan:
    """Where a network is cut for patchworks: the cut, its neighbourhoods and the covering pictures bool
    (P, d). `each` is the modelled seconds of a patchwork that is gathered there, and `check` those of
    comparing one batch of patchworks with whole pictures."""

    cut: Cut
    nearby: Neighbourhoods
    rows: np.ndarray
    each: float
    check: float

    @property
    def setup(self) -> float:
        """Modelled seconds before the first patchwork: the covering pictures and the check."""
        return self.cut.seconds * len(self.rows) + self.check


def put_together(
    x: torch.Tensor, baseline: torch.Tensor, labels: torch.Tensor, rows: np.ndarray
) -> torch.Tensor:
    """The patchworks (M, 3, H, W), channels last: superpixel j of `labels` (H, W), 0..d-1, is that of `x` if
    rows[:, j] of bool (M, d) is True, else that of `baseline` (1, 3, H, W)."""
    shown = torch.from_numpy(rows).to(x.device)[:, labels][:, None]
    return torch.where(shown, x, baseline).contiguous(memory_format=torch.channels_last)


class Patchwork:
    """Runs `network` on patchworks, cut where `plan` says. The covering pictures are given as `batches` of
    (B, 3, H, W), in the order of `plan.rows`, and are run when the object is made."""

    def __init__(self, network: Incremental, plan: Plan, batches: Iterator[torch.Tensor]):
        self._network, self._cut, self._nearby = network, plan.cut, plan.nearby
        sets, size = self._nearby.members.shape
        self._table = np.zeros((sets, 1 << size), np.int64)  # the covering picture that shows a combination
        for number, patterns in enumerate(self._nearby.patterns(plan.rows)):
            self._table[np.arange(sets), patterns] = number
        kept = []
        for pictures in batches:
            found = network.between({0: pictures}, 0, self._cut.place + 1, len(pictures))[self._cut.number]
            kept.append(found.permute(0, 2, 3, 1).reshape(-1, found.shape[1]))
        self._kept = torch.cat(kept)

    def logits(self, rows: np.ndarray) -> torch.Tensor:
        """(B, K) logits of the patchworks bool (B, d)."""
        chosen = self._table[np.arange(len(self._table)), self._nearby.patterns(rows)]
        places = len(self._nearby.where)
        index = torch.from_numpy(chosen[:, self._nearby.where] * places + np.arange(places))
        found = self._kept[index.reshape(-1).to(self._kept.device)]
        size = self._network.sizes[self._cut.number]
        maps = found.view(len(rows), *size[2:], -1).permute(0, 3, 1, 2)
        if self._network.programs is not None:
            return self._network.programs.behind(self._cut.place, self._cut.number)(maps)
        values = {self._cut.number: maps}
        return self._network.between(values, self._cut.place + 1, None, len(rows))[self._network.end]


def plan_patchwork(
    network: Incremental, costs: CostModel, labels: torch.Tensor, total: int, batch: int
) -> Plan | None:
    """The plan that saves the most counted work for `total` patchworks of the superpixels `labels` (H, W),
    scored `batch` at a time; None if none saves the share WORTH of it."""
    count = int(labels.max()) + 1
    whole = costs.pictures(batch, batch) / batch
    best, saved = None, WORTH * whole * total
    cuts = sorted(find_cuts(network, costs, labels, count, batch), key=lambda cut: -cut.seconds)
    for cut in cuts:
        rest = costs.pictures(batch, batch, slice(cut.place + 1, None)) / batch
        if (whole - rest) * total <= saved:
            break
        nearby = Neighbourhoods.of(cut.fields)
        if nearby is None:
            continue
        size = network.sizes[cut.number]
        gathering = costs.select(cut.number, batch * size[2] * size[3]) / batch
        gain = (whole - rest - gathering) * total
        limit = min((gain - saved) / cut.seconds, LARGEST / (costs.item * prod(size)))
        rows = covering(nearby.members, count, int(limit))
        if rows is not None:
            each = rest + gathering
            best = Plan(cut, nearby, rows, each, batch * (whole + each))
            saved = gain - best.setup
    return best


def find_cuts(
    network: Incremental, costs: CostModel, labels: torch.Tensor, count: int, batch: int
) -> Iterator[Cut]:
    """All cuts up to the first result whose places depend on the whole picture, in order."""
    fields = {0: F.one_hot(labels, count).permute(2, 0, 1).bool()}
    seconds = 0.0
    for place, rule in enumerate(network.locals):
        seconds += costs.step(place, batch) / batch
        found = None if rule is None else receptive_field(rule, fields)
        if rule is not None and found is not None:
            fields[rule.out] = found
        live = network.live[place]
        if not live & fields.keys():
            return
        if len(live) == 1:
            (number,) = live
            yield Cut(place, number, fields[number], seconds)
