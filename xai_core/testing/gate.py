"""The gate: a map that hardly changes when the network's last layer is drawn anew shows the picture, and not
what the network does. No check believes it.

The mean rank correlation of the maps of a few pictures with those of the network with a random head, for the
same classes, must stay below sanity.HARDLY.

Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..datasets import Example
from ..metrics.agreement import spearman
from ..metrics.sanity import HARDLY, HEAD, randomised, stages, verdict
from ..network.handle import ModelHandle
from ..types import InputError, IsCancelled
from ._check import UNSEEING, Check
from .measuring import map_of, seen_and_target
from .units import seed_of

PICTURES = 6


@dataclass(frozen=True)
class Gate:
    """What the gate found: the mean rank correlation over `pictures`, NaN where all maps are flat."""

    rank: float
    pictures: int

    @property
    def passed(self) -> bool:
        """Whether the maps depend on what the network has learned."""
        return self.pictures > 0 and self.rank == self.rank and self.rank < HARDLY

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        if not self.pictures:
            return "No picture could be explained, so nobody knows whether the maps depend on the network."
        if self.rank != self.rank:
            return "The maps are flat, with the network's own weights or with a random last layer."
        start = f"With a random last layer the map {verdict(self.rank)}"
        return f"{start} (rank correlation {self.rank:.2f} over {counted(self.pictures)})."


def gate_of(
    handle: ModelHandle, check: Check, examples: Sequence[Example], cancelled: IsCancelled | None = None
) -> Gate:
    """Of the first PICTURES that can be explained. A map that does not look at the network is equal to
    itself."""
    if check.method in UNSEEING:
        return Gate(1.0, min(PICTURES, len(examples)))
    other = randomised(handle, check.seed, stages(handle)[HEAD])
    ranks: list[float] = []
    for example in examples[: 2 * PICTURES]:
        if len(ranks) == PICTURES:
            break
        handle.progress(cancelled=cancelled).check()
        try:
            seen, target = seen_and_target(handle, check, example)
            seed = seed_of(example, check.seed)
            maps = [map_of(one, check, seen, target, seed).upsampled() for one in (handle, other)]
        except InputError:  # it is counted where it is measured
            continue
        ranks.append(spearman(*maps))
    known = [rank for rank in ranks if rank == rank]
    return Gate(float(np.mean(known)) if known else float("nan"), len(ranks))


def counted(pictures: int) -> str:
    """So many pictures, in words."""
    return "1 picture" if pictures == 1 else f"{pictures:,} pictures"
