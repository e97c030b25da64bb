"""The guided gradient that two methods share."""

import torch
from torch import nn

from ..network.guided import guided
from ..network.scores import Score
from ..types import InputError
from ._inputs import input_gradients

ATTENTION_UNCOVERED = {
    "attention": "The guided rule covers the activations alone; attention passes the plain gradient on."
}


def guided_gradients(net: nn.Module, x: torch.Tensor, score: Score) -> torch.Tensor:
    """ds/dx under the guided rule: (N, 3, H, W) -> (N, 3, H, W). Raises InputError where it meets no
    rectifier.
    """
    with guided() as rule:
        found = input_gradients(net, x, score)
    if not rule.applied:
        raise InputError(
            "Guided backpropagation needs a network with ReLU-like activations (ReLU, ReLU6, SiLU, GELU, "
            "Hardswish, Mish, ELU, LeakyReLU), and none was called in this one."
        )
    return found
