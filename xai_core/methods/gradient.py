"""Vanilla gradient: how much the score changes with each pixel.

    M = sum_c |ds/dx_c|        (or, signed, sum_c ds/dx_c)

In units of the score over units of the normalised input. It says to what the score is sensitive, not what it
is made of.

Simonyan, Vedaldi and Zisserman, Deep Inside Convolutional Networks, ICLR Workshop 2014.
"""

import torch
from torch import nn

from ..network.scores import Score
from ._inputs import AGGREGATE, SCORE, input_gradients, is_signed, over_channels
from ._spec import MethodSpec


def gradient(scorer: nn.Module, x: torch.Tensor, score: Score, aggregate: str = "abs") -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W), one forward and one backward pass."""
    return over_channels(input_gradients(scorer, x, score), aggregate)


SPEC = MethodSpec(
    "gradient",
    "Gradient",
    gradient,
    ("scorer", "x", "score"),
    (AGGREGATE, SCORE),
    formula=r"M=\sum_c\left|\frac{\partial s}{\partial x_c}\right|",
    paper="Simonyan et al., ICLR Workshop 2014",
    url="https://arxiv.org/abs/1312.6034",
    reading="Bright where a small change of the pixel would change the score most. Noisy by nature.",
    colour="#D4730A",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: 2,
    plain=(
        "The derivative of the score with respect to every pixel is computed in one backward pass. Its "
        "absolute values are summed over the colours. It answers to which pixels the score is most "
        "sensitive, not what it is made of."
    ),
    fails=(
        "It holds for very small changes alone: where the score is saturated the gradient is zero "
        "although the pixel matters. In deep networks it is noisy."
    ),
)
