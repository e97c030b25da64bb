"""Which operations of a network are local, and how each of them is run on windows.

`RULES` has one function for each operation that can be local. It receives the recorded call and returns a
`Local`, or None if this call is not local. An operation without a rule is always run on whole maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import signature
from typing import Any

import torch

from .local import Call, Local
from .steps import Ref, Size, Step


def local_of(step: Step, sizes: Mapping[int, Size]) -> Local | None:
    """How the step is run on windows; None if it is not local. `sizes` are those of one picture."""
    rule, call = RULES.get(step.name), Call(step, sizes)
    if rule is None or len(step.outs) != 1 or call.out is None:
        return None
    if not step.refs() or any(call.size(Ref(number)) is None for number in step.refs()):
        return None
    try:
        given = signature(rule).bind(call, *step.args, **step.kwargs)
    except TypeError:  # a form of the call that the rule does not know, so it cannot say that it is local
        return None
    return rule(*given.args, **given.kwargs)


def pair(value: Any) -> tuple[int, int]:
    """An argument such as kernel_size as (rows, columns)."""
    if isinstance(value, int):
        return value, value
    return (value[0], value[0]) if len(value) == 1 else tuple(value)


def _pointwise(call: Call, x: Any, *args: Any, **kwargs: Any) -> Local | None:
    """A function of each cell alone."""
    others = (*args, *kwargs.values())
    if not isinstance(x, Ref) or any(isinstance(value, (Ref, torch.Tensor)) for value in others):
        return None
    return call.pointwise(x)


def _batch_norm(
    call: Call,
    x: Any,
    mean: Any,
    var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Local | None:
    """Batch normalisation by the stored statistics. By those of the batch itself it is not local."""
    return call.pointwise(x) if call.step.refs() == {getattr(x, "number", None)} and not training else None


def _arithmetic(call: Call, one: Any, other: Any) -> Local | None:
    """A sum, difference, product or quotient of two maps of one size, or of a map and a number."""
    if not all(isinstance(value, (Ref, int, float)) for value in (one, other)):
        return None
    maps = [value for value in (one, other) if isinstance(value, Ref)]
    return call.pointwise(*maps) if len({call.size(value) for value in maps}) == 1 else None


def _concatenation(call: Call, parts: Any, dim: int = 0) -> Local | None:
    """Maps of one height and width, joined along their channels."""
    if dim not in (1, -3) or not all(isinstance(part, Ref) for part in parts):
        return None
    return call.pointwise(*parts) if len({call.sizes[part.number][2:] for part in parts}) == 1 else None


def _convolution(
    call: Call,
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Local | None:
    """A convolution with stored weights; around the map it sees zeros."""
    if call.step.refs() != {getattr(x, "number", None)} or isinstance(padding, str):
        return None
    stride, padding, dilation = (pair(value) for value in (stride, padding, dilation))
    if tuple(weight.shape[2:]) == stride == (1, 1) and padding == (0, 0):
        return call.pointwise(x)
    args = (x, weight, bias, stride, 0, dilation, groups)
    return call.neighbourhood(x, args, weight.shape[2:], stride, padding, dilation, 0.0)


def _max_pooling(
    call: Call,
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Local | None:
    """Max pooling; around the map it sees minus infinity."""
    kernel, padding, dilation = (pair(value) for value in (kernel_size, padding, dilation))
    stride = pair(stride or kernel_size)
    args = (x, kernel, stride, 0, dilation)
    return call.neighbourhood(x, args, kernel, stride, padding, dilation, float("-inf"))


def _mean_pooling(
    call: Call,
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Local | None:
    """Average pooling, unless the padding is left out of the average."""
    kernel, padding = pair(kernel_size), pair(padding)
    if divisor_override or (any(padding) and not count_include_pad):
        return None
    stride = pair(stride or kernel_size)
    return call.neighbourhood(x, (x, kernel, stride), kernel, stride, padding, (1, 1), 0.0)


def _adaptive_pooling(call: Call, x: Any, size: Any) -> Local | None:
    """Pooling to the size that the map has already, which copies the map."""
    if call.size(x) != call.out:
        return None
    copying = replace(call.step, function=torch.clone, args=(x,), kwargs={})
    return Local((x.number,), call.step.outs[0], copying)


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
ARITHMETIC = ("add", "sub", "mul", "div", "radd", "rsub", "rmul", "truediv", "true_divide")

RULES: dict[str, Callable[..., Local | None]] = {
    **dict.fromkeys(POINTWISE, _pointwise),
    **dict.fromkeys(ARITHMETIC, _arithmetic),
    **dict.fromkeys(("cat", "concat"), _concatenation),
    "batch_norm": _batch_norm,
    "conv2d": _convolution,
    "max_pool2d": _max_pooling,
    "avg_pool2d": _mean_pooling,
    "adaptive_avg_pool2d": _adaptive_pooling,
}
