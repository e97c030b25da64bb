"""Guided backpropagation: the gradient, with only positive signals let through each rectifier.

    g_in = 1[z > 0] f'(z) max(g_out, 0) at every ReLU-like activation f;   M = sum_c |g_c| at the input

`xai_core.network.guided` says which activations are covered and how those other than ReLU are treated. It
draws sharp pictures, but largely of the image itself: they hardly change with the class or with randomised
weights (Adebayo et al. 2018).

Springenberg et al., Striving for Simplicity: The All Convolutional Net, ICLR Workshop 2015.
"""

import torch
from torch import nn

from ..network.scores import Score
from ._guided import ATTENTION_UNCOVERED, guided_gradients
from ._inputs import AGGREGATE, SCORE, is_signed, over_channels
from ._spec import MethodSpec


def guided_backprop(net: nn.Module, x: torch.Tensor, score: Score, aggregate: str = "abs") -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W), one forward and one backward pass."""
    return over_channels(guided_gradients(net, x, score), aggregate)


SPEC = MethodSpec(
    "guided_backprop",
    "Guided Backprop",
    guided_backprop,
    ("net", "x", "score"),
    (AGGREGATE, SCORE),
    formula=r"g_{in}=\mathbb 1[z>0]\,f'(z)\max(g_{out},0),\quad M=\sum_c|g_c|",
    paper="Springenberg et al., ICLR Workshop 2015",
    url="https://arxiv.org/abs/1412.6806",
    reading="Sharp edges of what is active, whatever the class. Beautiful, and weak as an explanation.",
    colour="#0E7490",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: 2,
    cautions=ATTENTION_UNCOVERED,
    plain=(
        "The gradient is computed backwards, but every ReLU passes on positive signals alone, and only "
        "where it was active. The result is summed over the colours. It draws which details of the "
        "picture drive active units."
    ),
    fails=(
        "The map hardly changes with the class or with random weights, so it shows edges of the picture "
        "and not the reason of the decision."
    ),
)
