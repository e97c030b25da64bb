"""A case of the range: a network, a picture, and the attribution that is right for them.

    v(S) = s(x with only the regions of S, the baseline everywhere else)
    phi_j = sum over S without j of  |S|! (d - |S| - 1)! / d! . (v(S + j) - v(S))

The regions are the cells of a grid, at most twelve, so that all 2^d subsets are scored and the Shapley values
phi are exact. They are the truth: no other values add up to v(all) - v(none), treat like regions alike, give
nothing to a region that changes nothing, and are linear in s.

Shapley, A Value for n-Person Games, 1953.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np
import torch

from ..arrays import read_only
from ..inputs.superpixels import baseline
from ..network.handle import ModelHandle
from ..types import ImageInput

MOST_REGIONS = 12
_BATCH = 256


@dataclass(frozen=True, eq=False)
class Case:
    """A network in which the right attribution is known exactly.

    `title` is a few words and `sentence` one plain sentence on what the network does. `build` makes the
    handle, `draw` the picture. The regions are the cells of a grid of `rows` x `columns`. `target` is the
    explained class; `other`, where it is given, is a second class whose truth is another one, and a map has
    to tell the two apart (the class test). `baseline` stands where a region is hidden
    (`inputs.superpixels.BASELINES`, without noise).

    Network, picture and truth are made when they are first asked for, and then kept."""

    key: str
    title: str
    sentence: str
    build: Callable[[], ModelHandle]
    draw: Callable[[], ImageInput]
    rows: int = 3
    columns: int = 4
    target: int = 0
    other: int | None = None
    baseline: str = "black"

    def __post_init__(self) -> None:
        if self.rows * self.columns > MOST_REGIONS:
            raise ValueError(f"{self.key} has {self.rows * self.columns} regions, more than {MOST_REGIONS}.")

    @cached_property
    def handle(self) -> ModelHandle:
        """The network."""
        return self.build()

    @cached_property
    def picture(self) -> ImageInput:
        """The picture that is explained."""
        return self.draw()

    @cached_property
    def regions(self) -> np.ndarray:
        """int64 (H, W) on the network's input grid: the region 0 .. d - 1 of each pixel, row by row."""
        height, width = self.handle.input_size
        down, across = (
            np.arange(side) * n // side for side, n in ((height, self.rows), (width, self.columns))
        )
        return read_only(down[:, None] * self.columns + across)

    @cached_property
    def truth(self) -> np.ndarray:
        """float64 (d,): the Shapley value of each region for the target, in units of the logit."""
        return read_only(self.truths[self.target])

    @cached_property
    def truths(self) -> np.ndarray:
        """float64 (K, d): the Shapley values for every class, from all 2^d subsets."""
        subsets = all_subsets(self.rows * self.columns)
        return read_only(shapley_values(self._scores(subsets)).T)

    def _scores(self, subsets: np.ndarray) -> np.ndarray:
        """float64 (2^d, K): all logits of the network, run in float64, with only these regions shown."""
        x = self.handle.preprocess(self.picture).double()
        empty = baseline(x, self.baseline, self.handle.grid, torch.Generator())
        shown = torch.from_numpy(subsets).to(x)[:, torch.from_numpy(self.regions.copy())][:, None]
        with self.handle.session() as net, torch.no_grad():
            exact = copy.deepcopy(net).double()
            found = [exact(empty + part * (x - empty)) for part in shown.split(_BATCH)]
        return torch.cat(found).cpu().numpy()


def all_subsets(count: int) -> np.ndarray:
    """bool (2^d, d): subset number i holds region j where bit j of i is set."""
    return (np.arange(2**count)[:, None] >> np.arange(count)) % 2 == 1


def shapley_values(scores: np.ndarray) -> np.ndarray:
    """(2^d, ...) scores in the order of `all_subsets` -> (d, ...) Shapley values."""
    count = len(scores).bit_length() - 1
    subsets = all_subsets(count)
    sizes = subsets.sum(1)
    weights = np.array([factorial(n) * factorial(count - n - 1) / factorial(count) for n in range(count)])
    found = []
    for j in range(count):
        without = np.flatnonzero(~subsets[:, j])
        added = scores[without + (1 << j)] - scores[without]
        found.append(np.tensordot(weights[sizes[without]], added, 1))
    return np.stack(found)
