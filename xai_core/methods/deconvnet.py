"""DeconvNet: the gradient, with only positive signals let through each rectifier on the way back.

    g_in = max(g_out, 0) at every ReLU-like activation;   M = sum_c |g_c| at the input

The network's own activations enter only through the places of max pooling and the slopes of functions that
are no rectifiers, so the map hardly knows the picture, or the class. `network.guided` says which activations
are covered; guided backpropagation adds the condition that the activation was positive. Captum's
Deconvolution is the same for ReLU.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014.
"""

import torch
from torch import nn

from ..network.scores import Score
from ._guided import ATTENTION_UNCOVERED, guided_gradients
from ._inputs import AGGREGATE, SCORE, is_signed, over_channels
from ._spec import MethodSpec


def deconvnet(net: nn.Module, x: torch.Tensor, score: Score, aggregate: str = "abs") -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W), one forward and one backward pass."""
    return over_channels(guided_gradients(net, x, score, forward_too=False), aggregate)


SPEC = MethodSpec(
    "deconvnet",
    "DeconvNet",
    deconvnet,
    ("net", "x", "score"),
    (AGGREGATE, SCORE),
    formula=r"g_{in}=\max(g_{out},0),\quad M=\sum_c|g_c|",
    paper="Zeiler and Fergus, ECCV 2014",
    url="https://arxiv.org/abs/1311.2901",
    reading="What would excite the class, drawn back through the network. It hardly knows the picture.",
    colour="#155E75",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: 2,
    cautions=ATTENTION_UNCOVERED,
    plain=(
        "The gradient is computed backwards, but every ReLU passes on positive signals alone, whether "
        "it was active or not. The result is summed over the colours. It draws what in the picture "
        "could have driven the units."
    ),
    fails=(
        "The activations hardly enter, so the map hardly knows the picture or the class, and it is no "
        "evidence for a decision."
    ),
)
