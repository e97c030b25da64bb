"""The three parameters that every class activation map shares, and their meaning.

A CAM explains a score s. `contrast` replaces the target's logit by the difference of two logits (why A and
not B); `counterfactual` explains -s, which for gradient methods negates the gradients; `relu` keeps the
positive part of the finished map. The engine applies all three, so a method itself knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from ..network.capture import capture
from ..parameters import Param
from ..types import LayerSpec
from ._spec import MethodSpec

RELU = Param("relu", "bool", True, "Keep only what raises the score.", label="ReLU")
COUNTERFACTUAL = Param(
    "counterfactual", "bool", False, "Explain the negated score: what speaks against the class."
)
CONTRAST = Param(
    "contrast", "class", None, "Explain the target's logit minus this class's logit: why A and not B."
)
FAMILY = (RELU, COUNTERFACTUAL, CONTRAST)


def keeps_sign(params: Mapping[str, Any]) -> bool:
    """Whether a map of the CAM family may be negative."""
    return not params["relu"]


def cam_spec(
    key: str, label: str, run: Callable[..., torch.Tensor], uses: tuple[str, ...], **words: Any
) -> MethodSpec:
    """A MethodSpec of the CAM family."""
    params = FAMILY + words.pop("params", ())
    return MethodSpec(key, label, run, uses, params, signed=keeps_sign, family="Class activation", **words)


def weighted_sum(weights: torch.Tensor, activations: torch.Tensor) -> torch.Tensor:
    """sum_k w_k A_k: (N, C) and (N, C, h, w) -> (N, h, w)."""
    n, c, h, w = activations.shape
    return torch.bmm(weights[:, None, :], activations.reshape(n, c, h * w)).view(n, h, w)


def at_layer(
    captured: nn.Module, x: torch.Tensor, layer: LayerSpec, score: Callable[[torch.Tensor], torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """(activations, gradients of the score), each (N, C, h, w), of other pictures or of another score than
    those of the shared capture; one forward and one backward pass. `score` maps logits (N, K) to (N,)."""
    x = x.contiguous(memory_format=torch.channels_last)
    found = capture(captured, x, [layer], [layer.key])
    return found.activations[layer.key], found.gradients(score)[layer.key]
