"""What the functions that a network calls do, by their names: which are linear, which are products or
activations. Rules that change the way back read it, and refuse what is named nowhere."""

from __future__ import annotations

from collections.abc import Callable

import torch

# sums and choices of elements: linear in everything that depends on the picture
_SUMS = {"add", "sub", "neg", "mean", "sum", "radd", "rsub", "iadd", "isub"}
_CHOICES = {
    "max",
    "amax",
    "max_pool2d",
    "adaptive_max_pool2d",
    "getitem",
    "get",
    "narrow",
    "select",
    "gather",
}
_CHOICES |= {"index_select", "masked_fill", "dropout", "detach", "clone", "contiguous", "to", "type_as"}
_CHOICES |= {"float", "double", "type"}
_POOLINGS = {"avg_pool1d", "avg_pool2d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "interpolate", "pad"}
_SHAPES = {"reshape", "view", "view_as", "permute", "transpose", "t", "swapaxes", "movedim", "moveaxis"}
_SHAPES |= {
    "flatten",
    "unflatten",
    "squeeze",
    "unsqueeze",
    "cat",
    "concat",
    "stack",
    "split",
    "chunk",
    "unbind",
}
_SHAPES |= {"expand", "expand_as", "repeat", "repeat_interleave", "tile", "roll", "flip", "unfold", "fold"}
_SHAPES |= {"pixel_shuffle", "pixel_unshuffle"}
LINEAR = _SUMS | _CHOICES | _POOLINGS | _SHAPES
# linear in the first argument, where the others are constants
LINEAR_IN_FIRST = {
    "linear",
    "conv1d",
    "conv2d",
    "conv_transpose2d",
    "batch_norm",
    "div",
    "truediv",
    "idiv",
    "itruediv",
}
PRODUCTS = {"mul", "rmul", "imul", "matmul", "rmatmul", "mm", "bmm", "einsum"}
ACTIVATIONS = {
    "gelu",
    "silu",
    "relu",
    "relu6",
    "hardswish",
    "mish",
    "elu",
    "celu",
    "selu",
    "leaky_relu",
    "tanh",
    "hardtanh",
}
NORMS = ("layer_norm", "rms_norm", "normalize")


def name_of(func: Callable) -> str:
    """The function's name without underscores: x.__add__, torch.add and x.add_ are all "add"."""
    return getattr(func, "__name__", str(func)).strip("_")


def dependent(value: object) -> int:
    """How many tensors in a value depend on the picture: parameters are frozen, so the gradient tells."""
    if isinstance(value, (list, tuple)):
        return sum(map(dependent, value))
    return int(isinstance(value, torch.Tensor) and value.requires_grad)


def carried(value: torch.Tensor, x: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    """`value`, with the gradient `slope` with respect to x."""
    return value.detach() + slope.detach() * (x - x.detach())
