"""What a quality of a map declares about itself: its value, which way is better, and how to read it.

A new quality is one file with a QUALITY, and one line in `qualities`. `evaluate` offers it by its key, and
the pages that measure maps show it as a column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .case import Case

HIGHER, LOWER, NEITHER = "higher", "lower", "neither"


@dataclass(frozen=True)
class Quality:
    """A number for one map of one picture.

    `value` gives it for a `Case`: NaN where the quality says nothing about that map. `better` is HIGHER,
    LOWER or NEITHER (a description, not a judgement). `span` says in words which values there are. `inputs`
    is how many inputs it sends through the network, `maps` how many more maps it makes; both serve
    estimates. `brief` is one line for the help of a command."""

    key: str
    label: str
    value: Callable[[Case], float]
    better: str
    span: str
    brief: str
    formula: str
    reading: str
    paper: str
    url: str
    inputs: int = 0
    maps: int = 0

    def __post_init__(self) -> None:
        if self.better not in (HIGHER, LOWER, NEITHER):
            raise ValueError(
                f"{self.key} says that {self.better!r} is better; accepted are {HIGHER}, {LOWER}."
            )

    @property
    def runs_the_network(self) -> bool:
        """Whether it sends any input through the network."""
        return bool(self.inputs or self.maps)
