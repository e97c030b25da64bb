"""How each operation of a network treats maps that differ in windows only.

A rule takes the operation, its known output, and its arguments, of which every result is a `Changed`; it
returns a `Changed`, or None where the operation is not local. What has no rule is not local."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from .windows import Places, Reach, Windows, gather, through, union, whole


@dataclass(frozen=True, eq=False)
class Changed:
    """N maps: `known` (1, C, H, W) but for the `cells` (N, C, h, w) in `windows`."""

    known: torch.Tensor
    cells: torch.Tensor
    windows: Windows

    def dense(self) -> torch.Tensor:
        """The maps, (N, C, H, W)."""
        return whole(self.known, self.cells, self.windows)

    def within(self, windows: Windows) -> torch.Tensor:
        """The maps' cells in other windows."""
        if windows.equals(self.windows):
            return self.cells
        places = Places(windows.top, windows.height, windows.left, windows.width)
        return gather(self.known, self.cells, self.windows, places)


Rule = Callable[..., Changed | None]

POINTWISE = (
    "relu",
    "relu6",
    "hardtanh",
    "hardswish",
    "hardsigmoid",
    "silu",
    "gelu",
    "sigmoid",
    "tanh",
    "leaky_relu",
    "elu",
    "celu",
    "selu",
    "mish",
    "softplus",
    "dropout",
    "dropout2d",
    "clamp",
    "clip",
    "contiguous",
    "clone",
)
COMBINED = ("add", "sub", "mul", "div", "radd", "rsub", "rmul", "truediv", "true_divide")


def pointwise(run: Callable, known: torch.Tensor, x: Any, *args: Any, **kwargs: Any) -> Changed | None:
    """The same function of each cell."""
    others = (*args, *kwargs.values())
    if not isinstance(x, Changed) or any(isinstance(value, (Changed, torch.Tensor)) for value in others):
        return None
    return Changed(known, run(x.cells, *args, **kwargs), x.windows)


def normalised(run: Callable, known: torch.Tensor, x: Any, *args: Any, **kwargs: Any) -> Changed | None:
    """Batch normalisation, of each channel by what was learned of it."""
    training = args[4] if len(args) > 4 else kwargs.get("training", False)
    return (
        None
        if training or not isinstance(x, Changed)
        else Changed(known, run(x.cells, *args, **kwargs), x.windows)
    )


def combined(run: Callable, known: torch.Tensor, *args: Any, **kwargs: Any) -> Changed | None:
    """A sum or product of two maps, or of a map and a number."""
    maps = [value for value in args if isinstance(value, Changed)]
    if kwargs or len(args) != 2 or not all(isinstance(value, (Changed, int, float)) for value in args):
        return None
    if len(maps) == 1:
        cells = [value.cells if isinstance(value, Changed) else value for value in args]
        return Changed(known, run(*cells), maps[0].windows)
    one, other = maps
    if one.known.shape != other.known.shape:
        return None
    around = _around(maps)
    return Changed(known, run(one.within(around), other.within(around)), around)


def joined(run: Callable, known: torch.Tensor, parts: Any, dim: int = 0) -> Changed | None:
    """Maps behind one another along their channels."""
    same = all(isinstance(part, Changed) and part.windows.size == parts[0].windows.size for part in parts)
    if dim not in (1, -3) or not same:
        return None
    around = _around(parts)
    return Changed(known, run([part.within(around) for part in parts], 1), around)


def _around(maps: Sequence[Changed]) -> Windows:
    found = maps[0].windows
    for other in maps[1:]:
        found = found if found.equals(other.windows) else union(found, other.windows)
    return found


def convolution(
    run: Callable,
    known: torch.Tensor,
    x: Any,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Changed | None:
    """A convolution sees the window and its surroundings; at the border, zeros."""
    if not isinstance(x, Changed) or isinstance(weight, Changed) or isinstance(padding, str):
        return None
    stride, padding, dilation = (pair(value) for value in (stride, padding, dilation))
    if tuple(weight.shape[2:]) == stride == (1, 1) and padding == (0, 0):
        return Changed(known, run(x.cells, weight, bias, stride, padding, dilation, groups), x.windows)
    return _local(
        lambda patch: run(patch, weight, bias, stride, 0, dilation, groups),
        known,
        x,
        weight.shape[2:],
        stride,
        padding,
        dilation,
        0.0,
    )


def largest(
    run: Callable,
    known: torch.Tensor,
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Changed | None:
    """Max pooling."""
    if not isinstance(x, Changed) or return_indices:
        return None
    kernel, padding, dilation = (pair(value) for value in (kernel_size, padding, dilation))
    stride = pair(stride or kernel_size)
    return _local(
        lambda patch: run(patch, kernel, stride, 0, dilation),
        known,
        x,
        kernel,
        stride,
        padding,
        dilation,
        float("-inf"),
    )


def mean(
    run: Callable,
    known: torch.Tensor,
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Changed | None:
    """Average pooling; at the border only where the padding counts as zeros."""
    kernel, padding = pair(kernel_size), pair(padding)
    if not isinstance(x, Changed) or divisor_override or (any(padding) and not count_include_pad):
        return None
    stride = pair(stride or kernel_size)
    return _local(lambda patch: run(patch, kernel, stride), known, x, kernel, stride, padding, (1, 1), 0.0)


def adaptive(run: Callable, known: torch.Tensor, x: Any, size: Any) -> Changed | None:
    """Pooling to a size that the map has already."""
    return x if isinstance(x, Changed) and x.known.shape == known.shape else None


def _local(
    run: Callable,
    known: torch.Tensor,
    x: Changed,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    fill: float,
) -> Changed | None:
    down, across = (Reach(*part) for part in zip(kernel, stride, padding, dilation, strict=True))
    for reach, before, after in zip((down, across), x.known.shape[2:], known.shape[2:], strict=True):
        if (before + 2 * reach.padding - reach.extent) // reach.stride + 1 != after:
            return None  # `ceil_mode`: the last neighbourhood is cut off
    windows = through(x.windows, down, across, tuple(known.shape[2:]))
    places = Places(*down.inputs(windows.top, windows.height), *across.inputs(windows.left, windows.width))
    around = (down.padding, down.padding, across.padding, across.padding)
    return Changed(known, run(gather(x.known, x.cells, x.windows, places, around, fill)), windows)


def pair(value: Any) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    return (value[0], value[0]) if len(value) == 1 else tuple(value)


RULES: dict[str, Rule] = {
    **dict.fromkeys(POINTWISE, pointwise),
    **dict.fromkeys(COMBINED, combined),
    **dict.fromkeys(("cat", "concat"), joined),
    "batch_norm": normalised,
    "conv2d": convolution,
    "max_pool2d": largest,
    "avg_pool2d": mean,
    "adaptive_avg_pool2d": adaptive,
}
