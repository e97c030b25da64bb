"""Results put together, taken apart and brought into another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from openvino import opset15 as op

from .nodes import Node, Pictures, Value, constant, need, node, size_of


def cat(tensors: Sequence[Value], dim: int = 0) -> Node:
    nodes = [node(one) for one in tensors]
    rank = len(size_of(nodes[0]))
    need(dim % rank != 0, "cat of pictures")
    return op.concat(nodes, dim % rank)


def flatten(x: Node, start_dim: int = 0, end_dim: int = -1) -> Node:
    size = size_of(x)
    first, last = start_dim % len(size), end_dim % len(size)
    need(first > 0 and -1 not in size[1:], "flatten of pictures")
    kept = [0, *size[1:first], int(np.prod(size[first : last + 1])), *size[last + 1 :]]
    return op.reshape(x, constant(kept), True)


def permute(x: Node, *dims: Any) -> Node:
    order = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return op.transpose(x, constant([one % len(size_of(x)) for one in order]))


def transpose(x: Node, dim0: int, dim1: int) -> Node:
    order = list(range(len(size_of(x))))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return op.transpose(x, constant(order))


def reshape(x: Node, *shape: Any) -> Node:
    wanted = list(shape[0] if len(shape) == 1 and not isinstance(shape[0], (int, Pictures)) else shape)
    open_ = [place for place, one in enumerate(wanted) if isinstance(one, Pictures)]
    need(len(open_) <= 1 and size_of(x)[0] == -1, "reshape of pictures")
    for place in open_:
        wanted[place] = 0 if place == 0 and wanted[place].times == 1 and -1 in wanted else -1
    need(wanted.count(-1) <= 1, "reshape with two open sizes")
    return op.reshape(x, constant(wanted), True)


def expand(x: Value, *sizes: Any) -> Node:
    wanted = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], (int, Pictures)) else sizes
    own = size_of(node(x))
    need(len(own) == len(wanted) and own[0] != -1, "expand")
    whole = [
        one.as_node() if isinstance(one, Pictures) else constant([own[i] if one == -1 else one])
        for i, one in enumerate(wanted)
    ]
    return op.broadcast(node(x), op.concat(whole, 0))


def getitem(x: Node, where: Any) -> Node:
    """x[:, i] and x[:, i:j], with any number of leading full slices."""
    places = where if isinstance(where, tuple) else (where,)
    need(places[0] == slice(None) and all(isinstance(one, (int, slice)) for one in places), "getitem")
    made, axis = x, 0
    for one in places:
        if isinstance(one, int):
            made = op.gather(made, constant(one % size_of(made)[axis]), constant(axis))
            continue
        need(one.step in (None, 1), "getitem in steps")
        if one != slice(None):
            first, last, _ = one.indices(size_of(made)[axis])
            made = op.slice(made, constant([first]), constant([last]), constant([1]), constant([axis]))
        axis += 1
    return made


def unbind(x: Node, dim: int = 0) -> Sequence[Node]:
    axis = dim % len(size_of(x))
    count = size_of(x)[axis]
    need(count > 0, "unbind of pictures")
    parts = op.split(x, constant(axis), count)
    return [op.squeeze(parts.output(i), constant([axis])) for i in range(count)]


def contiguous(x: Node) -> Node:
    return x


def mean(
    x: Node, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: Any = None
) -> Node:
    need(dim is not None and dtype is None, "mean of everything")
    axes = [dim] if isinstance(dim, int) else list(dim)  # type: ignore[arg-type]
    return op.reduce_mean(x, constant([one % len(size_of(x)) for one in axes]), keepdim)
