"""OpenVINO's nodes, made from numbers and weights, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from openvino import Node as _Node
from openvino import Output
from openvino import opset15 as op

from .program import NotTranslatable

Node: TypeAlias = Any  # OpenVINO's Node or, of one that has several results, one Output
Value: TypeAlias = Any  # a Node, a tensor or a number


@dataclass(frozen=True)
class Pictures:
    """Stands for a size: `times` the number of pictures, which `number` computes."""

    number: Node
    times: int

    def as_node(self) -> Node:
        """The size as a node (1,)."""
        return op.multiply(self.number, constant([self.times]))


def constant(value: Any) -> Node:
    """A weight, a number or a list of whole numbers as a node."""
    if isinstance(value, torch.Tensor):
        return op.constant(np.ascontiguousarray(value.detach().numpy()))
    if isinstance(value, float):
        return op.constant(np.float32(value))
    return op.constant(np.asarray(value, np.int64))


def node(value: Value) -> Node:
    """A computed value, a weight or a number as a node of float32."""
    return (
        value
        if isinstance(value, (_Node, Output))
        else constant(float(value) if isinstance(value, int) else value)
    )


def size_of(x: Node) -> tuple[int, ...]:
    """The size of a node; -1 for what is open."""
    shape = x.get_partial_shape() if isinstance(x, Output) else x.get_output_partial_shape(0)
    return tuple(-1 if one.is_dynamic else one.get_length() for one in shape)


def two(value: int | Sequence[int]) -> list[int]:
    return [value, value] if isinstance(value, int) else [int(one) for one in value]


def need(met: bool, what: str) -> None:
    if not met:
        raise NotTranslatable(what)
