"""A network that is run on changed windows only.

    logits(x with window i changed), i = 0..N-1, from the activations of x and the N windows

Convolutions, pooling, pointwise operations, sums and concatenations are run on windows that grow with each
layer by what it sees; from where a window covers most of a map, or an operation is not local, whole maps are
run. The result is the network's own, up to the order of additions."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils._pytree import tree_map

from .rules import RULES, Changed
from .tape import Count, Ref, Step, written_down
from .windows import Windows

DENSE_SHARE = 0.8  # of a map: a larger window costs more than the whole map
FRESH = ("conv2d", "batch_norm", "linear", "cat")  # their results are nobody else's, and may be written over

Values = dict[int, Any]


class Incremental:
    """`net`, to be run on windows of inputs like `x` (N, 3, H, W). It shares the weights and must stay in
    eval mode. Raises NotTraceable where the network's course depends on the values that it computes."""

    def __init__(self, net: nn.Module, x: torch.Tensor):
        self._steps, self._end = written_down(net, x)
        last = {number: place for place, step in enumerate(self._steps) for number in step.refs()}
        self._spent: dict[int, list[int]] = {}
        for number, place in last.items():
            self._spent.setdefault(place, []).append(number)
        fresh = {number for step in self._steps if step.name in FRESH for number in step.outs}
        self._overwriting = [
            dataclasses.replace(step, kwargs=step.kwargs | {"inplace": True})
            if "inplace" in step.kwargs and step.refs() <= fresh & set(self._spent.get(place, ()))
            else step
            for place, step in enumerate(self._steps)
        ]

    def activations(self, x: torch.Tensor) -> Values:
        """Every intermediate result of one picture (1, 3, H, W)."""
        known: Values = {0: x}
        for step in self._steps:
            known |= step.run(*_filled(step, known, 1))
        return known

    def logits(self, known: Values, cells: torch.Tensor, windows: Windows) -> torch.Tensor:
        """(N, K): what the network answers to the picture of `known` with `cells` (N, 3, h, w) in its
        windows."""
        values: Values = {0: Changed(known[0], cells, windows)}
        for place, step in enumerate(self._overwriting):
            values |= _run(step, values, known, len(windows))
            for number in self._spent.get(place, ()):
                if number != self._end:
                    del values[number]
        out = values[self._end]
        return out.dense() if isinstance(out, Changed) else out


def _run(step: Step, values: Values, known: Values, count: int) -> Values:
    """The step on windows where that is possible and worth it, else on whole maps."""
    used = step.refs()
    rule = RULES.get(step.name) if len(step.outs) == 1 else None
    if rule is not None and used and all(isinstance(values[number], Changed) for number in used):
        args, kwargs = _filled(step, values, count)
        found = rule(step.function, known[step.outs[0]], *args, **kwargs)
        if found is not None:
            return {step.outs[0]: found if found.windows.share < DENSE_SHARE else found.dense()}
    for number in used:
        if isinstance(values[number], Changed):
            values[number] = values[number].dense()
    args, kwargs = _filled(step, values, count)
    return step.run(args, kwargs)


def _filled(step: Step, values: Values, count: int) -> tuple[tuple, dict[str, Any]]:
    def value(leaf: Any) -> Any:
        if isinstance(leaf, Ref):
            return values[leaf.number]
        return count * leaf.times if isinstance(leaf, Count) else leaf

    return tree_map(value, (step.args, step.kwargs), is_leaf=lambda leaf: isinstance(leaf, (Ref, Count)))


def boxes_as_windows(boxes: np.ndarray, size: tuple[int, int], running: bool) -> Windows:
    """Windows of one size around boxes (N, 4) of top, left, height, width in pictures of `size`."""
    height, width = int(boxes[:, 2].max()), int(boxes[:, 3].max())
    top = np.minimum(boxes[:, 0], size[0] - height)
    left = np.minimum(boxes[:, 1], size[1] - width)
    return Windows(top, left, height, width, size, running)
