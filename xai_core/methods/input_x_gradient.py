"""Input times gradient: the linear part of what each pixel adds to the score.

    M = sum_c |x_c ds/dx_c|        (or, signed, sum_c x_c ds/dx_c)

x is the normalised input, so a pixel of the colour that normalises to zero gets zero. For a network that is
linear from the input on, the signed map adds up to the score less its bias.

Shrikumar, Greenside, Shcherbina and Kundaje, Not Just a Black Box, 2016.
"""

import torch
from torch import nn

from ..network.scores import Score
from ._inputs import AGGREGATE, SCORE, input_gradients, is_signed, over_channels
from ._spec import MethodSpec


def input_x_gradient(
    scorer: nn.Module, x: torch.Tensor, score: Score, aggregate: str = "abs"
) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W), one forward and one backward pass."""
    return over_channels(x * input_gradients(scorer, x, score), aggregate)


SPEC = MethodSpec(
    "input_x_gradient",
    "Input × gradient",
    input_x_gradient,
    ("scorer", "x", "score"),
    (AGGREGATE, SCORE),
    formula=r"M=\sum_c\left|x_c\frac{\partial s}{\partial x_c}\right|",
    paper="Shrikumar et al., 2016",
    url="https://arxiv.org/abs/1605.01713",
    reading="The gradient weighted by the pixel: what is near the network's grey counts for nothing.",
    colour="#B5870B",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: 2,
    plain=(
        "Every pixel is multiplied by the derivative of the score with respect to it, and the products "
        "are summed over the colours. For a linear network that is exactly what the pixel adds to the "
        "score. It answers what each pixel contributes as far as the score is linear."
    ),
    fails=(
        "A pixel whose normalised value is zero gets zero, whatever it shows. Where the score is "
        "saturated or bends, the products do not add up to it."
    ),
)
