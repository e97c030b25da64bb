"""What is computed in each place by itself, and sums and products of what two results hold there."""

from __future__ import annotations

from typing import Any

from openvino import opset15 as op

from .nodes import Node, Value, constant, need, node, size_of


def add(x: Value, other: Value, *, alpha: float = 1) -> Node:
    need(alpha == 1, "add with a factor")
    return op.add(node(x), node(other))


def sub(x: Value, other: Value, *, alpha: float = 1) -> Node:
    need(alpha == 1, "sub with a factor")
    return op.subtract(node(x), node(other))


def mul(x: Value, other: Value) -> Node:
    return op.multiply(node(x), node(other))


def truediv(x: Value, other: Value) -> Node:
    return op.divide(node(x), node(other))


def relu(x: Node, inplace: bool = False) -> Node:
    return op.relu(x)


def relu6(x: Node, inplace: bool = False) -> Node:
    return op.clamp(x, 0.0, 6.0)


def hardtanh(x: Node, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Node:
    return op.clamp(x, min_val, max_val)


def leaky_relu(x: Node, negative_slope: float = 0.01, inplace: bool = False) -> Node:
    return op.prelu(x, constant(float(negative_slope)))


def silu(x: Node, inplace: bool = False) -> Node:
    return op.swish(x)


def sigmoid(x: Node) -> Node:
    return op.sigmoid(x)


def tanh(x: Node) -> Node:
    return op.tanh(x)


def hardswish(x: Node, inplace: bool = False) -> Node:
    return op.hswish(x)


def hardsigmoid(x: Node, inplace: bool = False) -> Node:
    return op.clamp(op.add(op.multiply(x, constant(1 / 6)), constant(0.5)), 0.0, 1.0)


def gelu(x: Node, approximate: str = "none") -> Node:
    return op.gelu(x, "erf" if approximate == "none" else approximate)


def softmax(x: Node, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Node:
    need(dim is not None and dtype is None, "softmax without a dimension")
    return op.softmax(x, dim % len(size_of(x)))  # type: ignore[operator]


def dropout(x: Node, p: float = 0.5, training: bool = False, inplace: bool = False) -> Node:
    need(not training, "dropout in training")
    return x
