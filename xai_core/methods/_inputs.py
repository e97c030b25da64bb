"""Shared by the methods that use the gradient of the input: parameters, the gradient, sums over channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from ..network.scores import Score
from ..parameters import Param

SCORE = Param(
    "score",
    "choice",
    "logit",
    "What is explained: the logit, or the probability that it becomes.",
    choices=("logit", "probability"),
)
AGGREGATE = Param(
    "aggregate",
    "choice",
    "abs",
    "Over the colour channels: the sum of absolute values, or the plain sum with its sign.",
    choices=("abs", "signed"),
    label="Channels",
)


def input_gradients(net: nn.Module, x: torch.Tensor, score: Score) -> torch.Tensor:
    """ds/dx (N, 3, H, W) for each input of a batch (N, 3, H, W), with one forward and one backward pass."""
    leaf = x.detach().clone(memory_format=torch.channels_last).requires_grad_()
    with torch.enable_grad():
        (found,) = torch.autograd.grad(score(net(leaf)).sum(), leaf)
    return found


def over_channels(values: torch.Tensor, aggregate: str) -> torch.Tensor:
    """(N, H, W) from (N, 3, H, W): sum_c |v_c| for "abs", sum_c v_c for "signed"."""
    return (values.abs() if aggregate == "abs" else values).sum(1)


def is_signed(params: Mapping[str, Any]) -> bool:
    """Whether a map with these parameters can be negative."""
    return params["aggregate"] == "signed"
