"""A handle to any module that a notebook has: a classifier of its own, or no classifier at all."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import nn

from ..inputs.views import InputGrid
from ..network.handle import ModelHandle
from ..network.outputs import ToRows, row_form
from ..network.scores import ACTIVATIONS
from ..types import InputError
from .layers import read_layers
from .spec import ModelSpec

Triple = tuple[float, float, float]


def wrap(
    module: nn.Module,
    size: tuple[int, int],
    mean: Triple = (0.0, 0.0, 0.0),
    std: Triple = (1.0, 1.0, 1.0),
    *,
    labels: Sequence[str] | None = None,
    activation: str = "softmax",
    key: str = "",
    like: torch.Tensor | None = None,
) -> ModelHandle:
    """A handle to a copy of `module` for pictures of `size` (H, W), which are normalised as
    (pixels / 255 - mean) / std.

    The module takes (N, 3, H, W). If it returns logits (N, K), it is a classifier: `labels` are the names of
    its classes ("0", "1" ... where none are given), and `activation` ("softmax" or "sigmoid") gives their
    probabilities. If it returns anything else, it has no classes and its maps explain a score of one's own:
    `explain(..., score=function)`. Device and precision are those of `like`, or else of its
    parameters, and `key` is its name.

    Raises InputError for a size, a label or an answer that does not fit."""
    if like is None:
        numbers = [*module.parameters(), *module.buffers()]
        like = next((one for one in numbers if one.is_floating_point()), torch.zeros(1))
    key = key or type(module).__name__
    grid = InputGrid(_size(size), min(size), "bilinear", mean, std)
    with torch.inference_mode(False), torch.no_grad():
        own = copy.deepcopy(module).eval().to(device=like.device, dtype=like.dtype)
        form = row_form(own, torch.zeros((2, 3, *grid.size), device=like.device, dtype=like.dtype))
        if form is not None:
            own.register_forward_hook(ToRows())
        count = 0 if form is not None else own(torch.zeros((1, 3, *grid.size)).to(like)).shape[1]
    names = _names(labels, count, key)
    if activation not in ACTIVATIONS:
        raise InputError(f"activation is {activation!r}; accepted are {', '.join(ACTIVATIONS)}.")
    spec = ModelSpec(key, key, "wrapped", type(module).__name__, pictures="")
    handle = ModelHandle(spec, own, names, grid, like.device, like.dtype, activation, form=form)
    with handle.session() as net:
        found = read_layers(net, handle.blank())
    handle.layers, handle.refused, handle.traits = found.layers, found.refused, found.traits
    return handle


def _size(size: tuple[int, int]) -> tuple[int, int]:
    whole = isinstance(size, (tuple, list)) and len(size) == 2 and all(type(side) is int for side in size)
    if not whole or min(size) < 1:
        raise InputError(
            f"size is {size!r}; two whole numbers of at least 1, height and width, are accepted."
        )
    return size[0], size[1]


def _names(labels: Sequence[str] | None, count: int, key: str) -> tuple[str, ...]:
    """The names of the classes."""
    if labels is None:
        return tuple(map(str, range(count)))
    if len(labels) != count:
        answer = f"{count} numbers" if count else "no logits (N, K)"
        raise InputError(f"{len(labels)} labels were given, and {key} answers with {answer}.")
    return tuple(labels)
