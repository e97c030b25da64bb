"""A network that is run on changed windows only.

    logits(x with window i changed), i = 0..N-1, from the activations of x and the N windows

Convolutions, pooling, pointwise operations, sums and concatenations are run on windows that grow with each
layer by what it sees; from where a window covers most of a map, or an operation is not local, whole maps are
run. The result is the network's own, up to the order of additions."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np
import torch
from torch import nn

from .rules import RULES, Changed
from .trace import Step, written_down
from .windows import Windows

DENSE_SHARE = 0.8  # of a map: a larger window costs more than the whole map
FRESH = ("conv2d", "batch_norm", "linear", "cat")  # their results are nobody else's, and may be written over

Values = dict[int, Any]


class Incremental:
    """`net`, to be run on windows of inputs like `x` (N, 3, H, W). It shares the weights and must stay in
    eval mode. Raises NotTraceable where the network's course depends on the values that it computes."""

    def __init__(self, net: nn.Module, x: torch.Tensor):
        self.steps, self.end = written_down(net, x)
        last = {number: place for place, step in enumerate(self.steps) for number in step.refs()}
        self._spent: dict[int, list[int]] = {}
        for number, place in last.items():
            self._spent.setdefault(place, []).append(number)
        self.live = self._lives(last | {self.end: len(self.steps)})
        self._profiles: dict[int, list[tuple[float, dict[int, torch.Size]]]] = {}
        fresh = {number for step in self.steps if step.name in FRESH for number in step.outs}
        self._overwriting = [
            dataclasses.replace(step, kwargs=step.kwargs | {"inplace": True})
            if "inplace" in step.kwargs and step.refs() <= fresh & set(self._spent.get(place, ()))
            else step
            for place, step in enumerate(self.steps)
        ]

    def _lives(self, last: dict[int, int]) -> list[set[int]]:
        """Behind each step, the numbers of the results that are still used."""
        known, lives = {0}, []
        for place, step in enumerate(self.steps):
            known = {number for number in known | set(step.outs) if last.get(number, -1) > place}
            lives.append(known)
        return lives

    def activations(self, x: torch.Tensor) -> Values:
        """Every intermediate result of one picture (1, 3, H, W)."""
        known: Values = {0: x}
        for step in self.steps:
            known |= step.run(*step.filled(known, 1))
        return known

    def logits(self, known: Values, cells: torch.Tensor, windows: Windows) -> torch.Tensor:
        """(N, K): what the network answers to the picture of `known` with `cells` (N, 3, h, w) in its
        windows."""
        values: Values = {0: Changed(known[0], cells, windows)}
        for place, step in enumerate(self._overwriting):
            values |= _run(step, values, known, len(windows))
            self._drop(values, place)
        out = values[self.end]
        return out.dense() if isinstance(out, Changed) else out

    def between(self, values: Values, start: int, stop: int | None, count: int) -> Values:
        """What is still used of `values`, results for `count` pictures, and of the steps start .. stop - 1.
        The values may be written over."""
        values = dict(values)
        for place, step in list(enumerate(self._overwriting))[start:stop]:
            values |= step.run(*step.filled(values, count))
            self._drop(values, place)
        return values

    def profile(self, x: torch.Tensor) -> list[tuple[float, dict[int, torch.Size]]]:
        """For each step on pictures (N, 3, H, W): the seconds that it takes, measured once for each N, and
        the shapes of those of its results that are used."""
        if len(x) in self._profiles:
            return self._profiles[len(x)]
        self.between({0: x}, 0, None, len(x))  # the first run is slower
        values: Values = {0: x}
        found = []
        for place, step in enumerate(self.steps):
            began = clock(x.device)
            values = self.between(values, place, place + 1, len(x))
            shapes = {number: values[number].shape for number in step.outs if number in values}
            found.append((clock(x.device) - began, shapes))
        self._profiles[len(x)] = found
        return found

    def _drop(self, values: Values, place: int) -> None:
        for number in self._spent.get(place, ()):
            if number != self.end:
                values.pop(number, None)


def clock(device: torch.device) -> float:
    """Seconds, once everything is done that the device was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def _run(step: Step, values: Values, known: Values, count: int) -> Values:
    """The step on windows where that is possible and worth it, else on whole maps."""
    used = step.refs()
    rule = RULES.get(step.name) if len(step.outs) == 1 else None
    if rule is not None and used and all(isinstance(values[number], Changed) for number in used):
        args, kwargs = step.filled(values, count)
        found = rule(step.function, known[step.outs[0]], *args, **kwargs)
        if found is not None:
            return {step.outs[0]: found if found.windows.share < DENSE_SHARE else found.dense()}
    for number in used:
        if isinstance(values[number], Changed):
            values[number] = values[number].dense()
    args, kwargs = step.filled(values, count)
    return step.run(args, kwargs)


def boxes_as_windows(boxes: np.ndarray, size: tuple[int, int], running: bool) -> Windows:
    """Windows of one size around boxes (N, 4) of top, left, height, width in pictures of `size`."""
    height, width = int(boxes[:, 2].max()), int(boxes[:, 3].max())
    top = np.minimum(boxes[:, 0], size[0] - height)
    left = np.minimum(boxes[:, 1], size[1] - width)
    return Windows(top, left, height, width, size, running)
