"""What a kind of check declares: the numbers that it takes of each picture, and its claims on their means.

A new kind is one file with a KIND, and one line in `kinds`. The command and the page then offer it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..evaluation.plan import CENTRE
from ..metrics.agreement import spearman
from ..metrics.insertion import chance
from ..metrics.localization import centre_gaussian
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..parameters import Param
from ..types import Box, Explanation, ImageInput, Request
from ._check import Check

Numbers = dict[str, float]


@dataclass(frozen=True)
class Shot:
    """One picture with its map. `image` lies on the network's input grid, `boxes` too; `seed` is the
    picture's own, which follows from its name; `work` is asked whether to stop."""

    handle: ModelHandle
    image: ImageInput
    boxes: tuple[Box, ...]
    e: Explanation
    check: Check
    seed: int
    work: Progress

    @property
    def request(self) -> Request:
        """What asks for the same map."""
        return self.check.request(self.e.target, self.seed)

    def control(self) -> Explanation:
        """The map of one that has not looked: a bump in the middle, or noise of the picture's own."""
        noise = chance(self.e, self.seed)
        if self.check.against != CENTRE:
            return noise
        return dataclasses.replace(noise, heatmap=centre_gaussian(self.e.view_size), method=CENTRE)


@dataclass(frozen=True)
class Claim:
    """That the mean of a number over the pictures is larger than `limit`, or smaller where not `above`.

    The number is `column`, less `minus` where that is named, and lies in `span`. `noun` says what it is, as
    the subject of a sentence; `control` names what is beaten where the claim is that one."""

    column: str
    noun: str
    limit: float
    span: tuple[float, float] = (0.0, 1.0)
    minus: str = ""
    above: bool = True
    control: str = ""

    def value(self, row: Mapping[str, float]) -> float:
        """The number of one picture; NaN where it could not be measured."""
        return row[self.column] - (row[self.minus] if self.minus else 0.0)

    @property
    def key(self) -> str:
        """What names it among the claims of a check."""
        return f"{self.column} over {self.minus}" if self.minus else self.column


@dataclass(frozen=True)
class Kind:
    """A kind of check.

    `measure` gives the numbers named `columns` of a Shot. `claims` are what has to hold of their means, the
    first being the one by which pictures are sorted. `params` are its settings, `explain` and `against` what
    stands where nothing is asked for. `inputs` and `maps` are how many inputs and further maps a picture
    takes, for estimates."""

    key: str
    title: str
    asks: str
    about: str
    columns: tuple[str, ...]
    measure: Callable[[Shot], Numbers]
    claims: Callable[[Check], tuple[Claim, ...]]
    params: tuple[Param, ...]
    explain: str
    against: str = CENTRE
    boxed: bool = False
    regional: bool = False
    inputs: int = 0
    maps: int = 0


NAMES = {CENTRE: "a bump in the middle", "random": "a random map"}


def alike(first: np.ndarray, second: np.ndarray) -> float:
    """How alike two maps (H, W) are, 0..1: their rank correlation, where that is positive. Maps that are flat
    or opposite have nothing in common."""
    found = spearman(first, second)
    return max(0.0, found) if found == found else 0.0
