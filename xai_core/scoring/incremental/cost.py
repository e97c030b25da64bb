"""The cost model: how long a network takes on whole pictures, or on windows, by counted work.

    seconds(step)   = multiply-adds / rate + bytes / bandwidth + fixed seconds a step
    seconds(gather) = bytes / bandwidth + places * fixed seconds a place + fixed seconds a gather

The route that a request takes is chosen with it, so the choice depends on the network, on the request and on
the kind of device, and never on a clock: the same request runs the same operations every time. Only ratios
matter for the choice. `python -m tests.benchmarks.cost` prints measured beside modelled seconds, and with
`--fit` the constants of the CPU that follow from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import torch

from .fused import overwrites, passed_on
from .local import Local
from .network import Incremental
from .steps import Size, Step
from .windows import Windows


@dataclass(frozen=True)
class Rates:
    """What a kind of device does in a second: multiply-adds in dense (`dense`) and in grouped convolutions
    (`grouped`), and bytes moved by operations (`moving`), by gathers (`gathering`), for weights (`weights`)
    and for large results, whose memory the system has to provide anew (`paging`). The other values are fixed
    seconds: for each step, for each gather and for each gathered place."""

    dense: float
    grouped: float
    moving: float
    gathering: float
    weights: float
    paging: float
    step: float
    gather: float
    place: float


RATES = {
    # Rounded from `python -m tests.benchmarks.cost --fit` on two cores of an AMD EPYC with AVX-512.
    "cpu": Rates(1e11, 6e10, 5e10, 1.8e10, 9e9, 7e9, 3e-5, 1.3e-4, 1.4e-8),
    # Not measured: a data-centre GPU in TF32. The gathered places are computed on the CPU.
    "gpu": Rates(1e13, 5e11, 1e12, 1e12, 1e12, 1e14, 3e-5, 1.3e-4, 1.4e-8),
}
COMPILED = 0.75  # of these seconds is what a program takes (`python -m tests.benchmarks.compiled`)
LARGE = 32 << 20  # bytes; glibc returns larger blocks to the system as soon as they are free
MATRIX_PRODUCTS = ("matmul", "bmm")


@dataclass(frozen=True)
class Work:
    """What one step does: multiply-adds, bytes of inputs and output, and bytes of new memory for the output,
    for one picture; bytes of weights for one batch. `grouped` says that it is a convolution in groups."""

    operations: float
    moved: float
    made: float
    weights: float
    grouped: bool


def work_of(step: Step, sizes: Mapping[int, Size], item: int) -> Work:
    """The work of a step. `sizes` are those of all results for one picture, `item` the bytes of a number."""
    if step.function is passed_on:
        return Work(0, 0, 0, 0, grouped=False)
    out = sizes.get(step.outs[0], ())
    read = sum(prod(sizes.get(number, ())) for number in step.refs())
    weights = sum(one.numel() * one.element_size() for one in step.tensors())
    made = 0 if overwrites(step) else prod(out)
    grouped = step.name == "conv2d" and _argument(step, 6, "groups", 1) > 1
    operations = prod(out) * _operations(step, sizes)
    return Work(operations, item * (prod(out) + read), item * made, weights, grouped)


def _operations(step: Step, sizes: Mapping[int, Size]) -> int:
    """Multiply-adds for each number of the output."""
    if step.name in ("conv2d", "linear"):
        return prod(_size(_argument(step, 1, "weight", None), sizes)[1:])
    if step.name in MATRIX_PRODUCTS:
        return _size(_argument(step, 0, "input", None), sizes)[-1]
    return 0


def _argument(step: Step, place: int, name: str, default: Any) -> Any:
    """An argument of a step by its place or its name."""
    return step.args[place] if len(step.args) > place else step.kwargs.get(name, default)


def _size(value: Any, sizes: Mapping[int, Size]) -> Size:
    """The size of a stored tensor, or of a computed result for one picture."""
    return tuple(value.shape) if isinstance(value, torch.Tensor) else sizes[value.number]


class CostModel:
    """Modelled seconds of `network` on a kind of device. `item` is the bytes of a number. Whole pictures are
    run by its programs if it has them."""

    def __init__(self, network: Incremental, item: int, rates: Rates):
        self._network, self.item, self._rates = network, item, rates
        self._compiled = 1.0 if network.programs is None else COMPILED
        self._works = [work_of(step, network.sizes, item) for step in network.executed]

    @classmethod
    def on(cls, network: Incremental, x: torch.Tensor) -> CostModel:
        """The model for inputs like `x`, on their device."""
        return cls(network, x.element_size(), RATES["cpu" if x.device.type == "cpu" else "gpu"])

    def step(self, place: int, pictures: int, share: float = 1.0) -> float:
        """Seconds of a step on a batch, where `share` of its output cells is computed."""
        work, rates = self._works[place], self._rates
        rate = rates.grouped if work.grouped else rates.dense
        once = share * (work.operations / rate + work.moved / rates.moving)
        paging = self._paging(pictures * share * work.made)
        return pictures * once + work.weights / rates.weights + rates.step + paging

    def _paging(self, made: float) -> float:
        """Seconds until the system has provided the memory of a result of so many bytes."""
        return made / self._rates.paging if made > LARGE else 0.0

    def pictures(self, count: int, batch: int, steps: slice = slice(None)) -> float:
        """Seconds of `count` whole pictures in batches of `batch`, for some of the steps."""
        places = range(len(self._works))[steps]
        full, rest = divmod(count, batch)
        batches = [(full, batch), (1, rest)] if rest else [(full, batch)]
        seconds = sum(times * sum(self.step(place, size) for place in places) for times, size in batches)
        return self._compiled * seconds

    def activations(self) -> float:
        """Seconds of all intermediate results of one picture."""
        return sum(self.step(place, 1) for place in range(len(self._works)))

    def gather(self, number: int, held: int, places: int) -> float:
        """Seconds to gather `places` cells of the map `number` out of the known map and `held` changed cells,
        which are copied into one tensor first."""
        _, channels, height, width = self._network.sizes[number]
        copied = self.item * channels * (height * width + held)
        return 2 * copied / self._rates.gathering + self._paging(copied) + self.select(number, places)

    def select(self, number: int, places: int) -> float:
        """Seconds to gather `places` cells of the map `number` out of one tensor."""
        made, rates = self.item * self._network.sizes[number][1] * places, self._rates
        return 2 * made / rates.gathering + self._paging(made) + places * rates.place + rates.gather

    def windows(self, changed: Windows) -> float:
        """Seconds of one batch of pictures that differ in the windows `changed`."""
        return sum(self.windows_by_step(changed))

    def carrying(self, changed: Windows) -> float:
        """Seconds to carry the known results on over one batch of running windows: the cells that cover
        others are selected and written."""
        planned, readable = self._network.windows(changed), self._network.readable
        places = {
            number: min(own.size[0] * own.size[1], len(own) * own.height * own.width)
            for number, own in planned.items()
            if number in readable
        }
        return sum(2 * self.select(number, count) for number, count in places.items())

    def windows_by_step(self, changed: Windows) -> list[float]:
        """The same for each step."""
        planned, count = self._network.windows(changed), len(changed)
        found: list[float] = []
        dense: set[int] = set()  # maps that are put together already
        for place, (step, rule) in enumerate(zip(self._network.steps, self._network.locals, strict=True)):
            if rule is not None and rule.out in planned:
                windows = planned[rule.out]
                found.append(self.step(place, count, windows.share) + self._inputs(rule, planned, windows))
                continue
            seconds = self.step(place, count)
            for number in (step.refs() & planned.keys()) - dense:
                own, size = planned[number], self._network.sizes[number]
                seconds += self.gather(number, count * own.height * own.width, count * size[2] * size[3])
                dense.add(number)
            found.append(seconds)
        return found

    def _inputs(self, rule: Local, planned: Mapping[int, Windows], windows: Windows) -> float:
        """Seconds to gather what a local operation's output windows see of its inputs."""
        height, width = windows.height, windows.width
        if rule.reach is not None:
            height, width = rule.reach[0].inputs_seen(height), rule.reach[1].inputs_seen(width)
        total = 0.0
        for number in rule.inputs:
            own = planned[number]
            if rule.reach is not None or not windows.equals(own):
                held = len(own) * own.height * own.width
                total += self.gather(number, held, len(own) * height * width)
        return total
