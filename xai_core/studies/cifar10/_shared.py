"""What the parts of the homework share: what they ask for, batches of pictures, and which are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...types import Params
from .._recipe import ALL, Ask, Bench, Needs, StandIn, Step
from ..outcome import Estimate

BATCH = 500  # pictures whose values are kept together
# With `copies`, pictures of the same class are copies of one photograph. With `published`, the network is the
# one whose accuracy was published. `layers` are an earlier one, and the last one before the global pooling.
STAND_IN = StandIn(
    Ask("efficientnet_lite0", Params({"layers": ("blocks.5", "bn2"), "published": False})),
    Ask("corrupted", Params({"copies": True})),
    together=True,
)


def asks(
    model: str = "resnet18_cifar10", layers: tuple[str, str] = ("layer3", "layer4"), **parameters: object
) -> Needs:
    """A network and the test set, with a task's own parameters."""
    return Needs(
        Ask(model, Params({"layers": layers, "published": True})),
        Ask("cifar10", Params({"copies": False})),
        Params(parameters),
    )


def in_batches(bench: Bench) -> tuple[Step, ...]:
    """A step for each batch of pictures, named by its first picture and the one behind its last: "0:500"."""
    count = len(bench.examples)
    return tuple(Step(ALL, f"{n}:{min(n + BATCH, count)}") for n in range(0, count, BATCH))


def numbers_in(step: Step) -> range:
    """The numbers of the pictures of a batch."""
    start, stop = step.part.split(":")
    return range(int(start), int(stop))


def is_right(bench: Bench, numbers: Sequence[int], said: np.ndarray) -> np.ndarray:
    """bool (n,): whether what the network says of each picture is one of its right classes."""
    pairs = zip(numbers, said.tolist(), strict=True)
    return np.array([index in bench.examples[number].targets for number, index in pairs], bool)


def photographs_of(bench: Bench, numbers: Sequence[int]) -> np.ndarray:
    """int (n,): the number of the photograph that each picture shows. Copies of one photograph are no
    independent witnesses, so intervals count photographs."""
    if not bench["copies"]:
        return np.array(list(numbers))
    known = dict[tuple[int, ...], int]()
    return np.array([known.setdefault(bench.examples[n].targets, len(known)) for n in numbers])


def counted(bench: Bench, found: Estimate) -> Estimate:
    """The estimate over photographs, named as such where pictures are copies of them."""
    return replace(found, of="photograph") if bench["copies"] else found


def by_photograph(values: np.ndarray, photographs: np.ndarray) -> np.ndarray:
    """float64 (g,): the mean of the values (n,) of each photograph; NaNs are left out, and a photograph
    without any other value has NaN."""
    places = np.unique(photographs, return_inverse=True)[1]
    known = ~np.isnan(values)
    count = np.bincount(places[known], minlength=places.max() + 1)
    total = np.bincount(places[known], values[known], minlength=places.max() + 1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
