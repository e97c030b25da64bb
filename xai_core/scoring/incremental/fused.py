"""Steps that write less memory, with the same results: an activation is computed by the convolution before
it, and sums and activations overwrite an input that nothing else uses.

    relu(W * x + b),   min(max(W * x + b, low), high)

On a processor PyTorch hands a convolution to oneDNN, which can apply the activation to each part of the
result while that is in the processor's cache. A pass over the whole result is saved.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from .rules import pair
from .steps import Ref, Size, Step

FRESH = ("conv2d", "batch_norm", "linear", "cat")  # return new memory, which may be overwritten
GIVEN = ["X", "W", "B", "padding", "stride", "dilation", "groups", "attr", "scalars", "algorithm"]


def _has_endings() -> bool:
    """Whether this PyTorch has the operation as it is called here. It is not part of the public interface, so
    a later version may have another one; convolutions then have no endings, and are no less right."""
    if not torch.backends.mkldnn.is_available() or not hasattr(torch.ops.mkldnn, "_convolution_pointwise"):
        return False
    schema = torch.ops.mkldnn._convolution_pointwise.default._schema
    return [argument.name for argument in schema.arguments] == GIVEN


ONE_DNN = _has_endings()


def passed_on(x: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    """What a step does whose work an earlier step has done."""
    return x


@dataclass(frozen=True)
class Ending:
    """An activation that a convolution can end with, by oneDNN's name, and its numbers."""

    name: str
    numbers: tuple[float, ...] = ()

    def on(self, x: torch.Tensor) -> torch.Tensor:
        """The activation, which overwrites its input."""
        return F.hardtanh_(x, *self.numbers) if self.numbers else torch.relu_(x)


@dataclass(frozen=True)
class EndingConvolution:
    """`conv2d` that ends with an activation."""

    ending: Ending

    def __call__(
        self,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> torch.Tensor:
        """The activation of the convolution of `x` (N, C, H, W)."""
        kind = x.device.type
        if not ONE_DNN or kind != "cpu" or x.dtype != torch.float32 or torch.is_autocast_enabled(kind):
            return self.ending.on(F.conv2d(x, weight, bias, stride, padding, dilation, groups))
        lengths = (pair(value) for value in (padding, stride, dilation))
        return torch.ops.mkldnn._convolution_pointwise(
            x, weight, bias, *lengths, groups, self.ending.name, self.ending.numbers, ""
        )


def fused(steps: Sequence[Step], sizes: Mapping[int, Size], end: int) -> list[Step]:
    """The steps as they are executed, one for one. `end` is the number of the logits. What is overwritten, or
    made by an earlier step, is used by one step only: another one might still see it, or a view of it."""
    found = list(steps)
    users = Counter(number for step in steps for number in step.refs())
    made = {number: place for place, step in enumerate(steps) for number in step.outs}
    fresh = {number for step in steps if step.name in FRESH for number in step.outs}
    for place, step in enumerate(steps):
        own = {number for number in step.refs() & fresh if users[number] == 1 and number != end}
        ending, before = _ending(step), made[min(own)] if own else 0
        if own and ending is not None and _can_end(steps[before]):
            found[before] = dataclasses.replace(steps[before], function=EndingConvolution(ending))
            found[place] = dataclasses.replace(step, function=passed_on)
        elif own and step.refs() == own and "inplace" in step.kwargs:
            found[place] = dataclasses.replace(step, kwargs=step.kwargs | {"inplace": True})
        elif (into := _sum_into(step, own, sizes)) is not None:
            found[place] = into
        else:
            continue
        fresh |= set(step.outs)
    return found


def overwrites(step: Step) -> bool:
    """Whether a step writes its result into the memory of an input."""
    return bool(step.kwargs.get("inplace")) or step.function is torch.Tensor.add_


def _ending(step: Step) -> Ending | None:
    """The activation that a step is, with none of its numbers computed; None for any other step."""
    if step.name == "relu":
        return Ending("relu")
    if step.name == "relu6":
        return Ending("hardtanh", (0.0, 6.0))
    if step.name == "hardtanh":
        low, high = (*step.args[1:], -1.0, 1.0)[:2] if len(step.args) > 1 else (-1.0, 1.0)
        return Ending("hardtanh", (step.kwargs.get("min_val", low), step.kwargs.get("max_val", high)))
    return None


def _can_end(step: Step) -> bool:
    """Whether a step is a convolution whose padding is known in numbers."""
    padding = step.kwargs.get("padding", step.args[4] if len(step.args) > 4 else 0)
    return step.name == "conv2d" and not isinstance(padding, str)


def _sum_into(step: Step, own: set[int], sizes: Mapping[int, Size]) -> Step | None:
    """A sum of two results of one size that overwrites one in `own`; None for any other step."""
    maps = [value for value in step.args if isinstance(value, Ref)]
    if step.name != "add" or step.kwargs or not own or len(maps) != 2 or len(step.args) != 2:
        return None
    if len({sizes.get(number) for number in (*step.refs(), *step.outs)}) != 1:
        return None
    first, second = sorted(maps, key=lambda value: value.number not in own)
    add: Callable = torch.Tensor.add_
    return dataclasses.replace(step, function=add, args=(first, second))
