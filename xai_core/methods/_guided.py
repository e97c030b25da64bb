"""The gradient under a rule for rectifiers, which several methods share."""

import torch
from torch import nn

from ..network.guided import guided
from ..network.scores import Score
from ..types import InputError
from ._inputs import input_gradients

ATTENTION_UNCOVERED = {
    "attention": "The guided rule covers the activations alone; attention passes the plain gradient on."
}


def guided_gradients(net: nn.Module, x: torch.Tensor, score: Score, forward_too: bool = True) -> torch.Tensor:
    """ds/dx under the guided rule, or that of DeconvNet (`forward_too` False): (N, 3, H, W) -> (N, 3, H, W).
    Raises InputError where it meets no
    rectifier.
    """
    with guided(forward_too) as rule:
        found = input_gradients(net, x, score)
    if not rule.applied:
        raise InputError(
            "This method needs a network with ReLU-like activations (ReLU, ReLU6, SiLU, GELU, "
            "Hardswish, Mish, ELU, LeakyReLU), and none was called in this one."
        )
    return found
