"""SmoothGrad: the gradient, averaged over noisy copies of the picture.

    M = sum_c |1/n sum_i ds/dx_c (x + e_i)|,   e_i ~ N(0, sigma^2)

`average` says what is averaged: the gradient (as above, the absolute value after the mean), its absolute
value (before the mean), or its square (SmoothGrad-squared, Hooker et al. 2019). sigma is in units of the
normalised input. With sigma = 0 it is the vanilla gradient. With `stable` it stops drawing once two halves of
the copies agree (`_adaptive`).

Smilkov et al., SmoothGrad: removing noise by adding noise, 2017.
"""

from typing import Any

import torch
from torch import nn

from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ._adaptive import FACTS, STABLE
from ._inputs import AGGREGATE, SCORE, input_gradients, over_channels
from ._noise import SAMPLES, SIGMA, Noise, over_noise
from ._spec import MethodSpec

AVERAGES = ("gradient", "absolute", "squared")


def smooth_grad(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    generator: torch.Generator,
    progress: Progress,
    facts: dict[str, Any],
    samples: int = 50,
    sigma: float = 0.1,
    average: str = "gradient",
    aggregate: str = "abs",
    stable: float = 0.0,
) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W), `samples` forward and backward passes an image."""

    def values(copies: torch.Tensor, image: int) -> torch.Tensor:
        found = input_gradients(scorer, copies, score.of(image))
        return found.abs() if average == "absolute" else found

    def finish(mean: torch.Tensor, image: int) -> torch.Tensor:
        return over_channels(mean[None], aggregate)[0]

    statistic = "square" if average == "squared" else "mean"
    noise = Noise(generator, samples, sigma, stable)
    return over_noise(values, statistic, finish, x, noise, progress, facts)


SPEC = MethodSpec(
    "smooth_grad",
    "SmoothGrad",
    smooth_grad,
    ("scorer", "x", "score", "generator", "progress", "facts"),
    (
        SAMPLES,
        SIGMA,
        Param(
            "average",
            "choice",
            "gradient",
            "What is averaged: the gradient, its absolute value, or its square.",
            choices=AVERAGES,
        ),
        AGGREGATE,
        STABLE,
        SCORE,
    ),
    formula=r"M=\sum_c\left|\frac1n\sum_i\frac{\partial s}{\partial x_c}(x+\varepsilon_i)\right|",
    paper="Smilkov et al., 2017",
    url="https://arxiv.org/abs/1706.03825",
    reading="The gradient with its noise averaged away: bright where the score is sensitive all around.",
    colour="#C2410C",
    signed=lambda params: params["aggregate"] == "signed" and params["average"] == "gradient",
    family="Input gradients",
    passes=lambda layer, params, size: params["samples"],
    facts=FACTS,
    plain=(
        "The picture is copied many times with noise added, and the gradient is averaged over the "
        "copies. Its absolute values are summed over the colours. It answers to which pixels the score "
        "is sensitive all around the picture."
    ),
    fails=(
        "The amount of noise decides what is seen: little leaves the gradient's noise, much describes "
        "pictures that the network never met. Sensitivity is not contribution."
    ),
)
