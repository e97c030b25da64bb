"""Convolutions, linear layers, normalisations and pooling."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from openvino import opset15 as op

from .nodes import Node, constant, need, size_of, two


def conv2d(
    x: Node,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: int | tuple = 1,
    padding: int | tuple | str = 0,
    dilation: int | tuple = 1,
    groups: int = 1,
) -> Node:
    need(isinstance(weight, torch.Tensor) and not isinstance(padding, str), "conv2d with computed weights")
    around = two(padding)  # type: ignore[arg-type]
    rest = (two(stride), around, around, two(dilation))
    if groups == 1:
        made = op.convolution(x, constant(weight), *rest)
    else:
        split = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
        made = op.group_convolution(x, constant(split), *rest)
    return made if bias is None else op.add(made, constant(bias.view(1, -1, 1, 1)))


def linear(x: Node, weight: torch.Tensor, bias: torch.Tensor | None = None) -> Node:
    need(isinstance(weight, torch.Tensor), "linear with computed weights")
    made = op.matmul(x, constant(weight), False, True)
    return made if bias is None else op.add(made, constant(bias))


def batch_norm(
    x: Node,
    running_mean: torch.Tensor,
    running_var: torch.Tensor,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Node:
    need(not training, "batch_norm in training")
    scale = torch.rsqrt(running_var + eps) * (1 if weight is None else weight)
    shift = (0 if bias is None else bias) - running_mean * scale
    shape = (1, -1) + (1,) * (len(size_of(x)) - 2)
    return op.add(op.multiply(x, constant(scale.view(shape))), constant(shift.view(shape)))


def layer_norm(
    x: Node,
    normalized_shape: Sequence[int],
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    eps: float = 1e-5,
) -> Node:
    axes = constant(list(range(-len(normalized_shape), 0)))
    made = op.mvn(x, axes, True, float(eps), "inside_sqrt")
    made = made if weight is None else op.multiply(made, constant(weight))
    return made if bias is None else op.add(made, constant(bias))


def max_pool2d(
    x: Node,
    kernel_size: int | tuple,
    stride: int | tuple | None = None,
    padding: int | tuple = 0,
    dilation: int | tuple = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Node:
    need(not return_indices, "max_pool2d with places")
    kernel, around = two(kernel_size), two(padding)
    step, rounding = two(stride or kernel_size), "ceil_torch" if ceil_mode else "floor"
    return op.max_pool(x, step, two(dilation), around, around, kernel, rounding).output(0)


def avg_pool2d(
    x: Node,
    kernel_size: int | tuple,
    stride: int | tuple | None = None,
    padding: int | tuple = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Node:
    need(divisor_override is None, "avg_pool2d with a divisor")
    around, step = two(padding), two(stride or kernel_size)
    need(not (ceil_mode and count_include_pad and any(around)), "avg_pool2d with ceil_mode and padding")
    rounding = "ceil_torch" if ceil_mode else "floor"
    leave_out = not count_include_pad or not any(around)
    return op.avg_pool(x, step, around, around, two(kernel_size), leave_out, rounding)


def adaptive_avg_pool2d(x: Node, output_size: int | tuple) -> Node:
    wanted, size = tuple(two(output_size)), size_of(x)[2:]
    if wanted == size:
        return x
    if wanted == (1, 1):
        return op.reduce_mean(x, constant([2, 3]), True)
    need(all(n % m == 0 for n, m in zip(size, wanted, strict=True)), "adaptive_avg_pool2d of uneven parts")
    part = [n // m for n, m in zip(size, wanted, strict=True)]
    return op.avg_pool(x, part, [0, 0], [0, 0], part, True, "floor")
