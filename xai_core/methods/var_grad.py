"""VarGrad: the variance of the gradient over noisy copies of the picture.

    M = sum_c (1/n sum_i g_ic^2 - (1/n sum_i g_ic)^2),   g_i = ds/dx (x + e_i),   e_i ~ N(0, sigma^2)

`of` says whose values vary: the gradient's, or those of input times gradient, x_c ds/dx_c at the noisy copy.
It is the variance of the drawn copies (divided by n, not n - 1), as in Captum's vargrad. The map is never
negative and has no sign. With sigma = 0, and wherever the score is linear in the picture, it is 0.

Known failure: it shows where the gradient changes, not where it is large. What the score depends on linearly
is dark however much it matters, and sharp bends of the network are bright however little they do.

Adebayo, Gilmer, Goodfellow and Kim, Local Explanation Methods for Deep Neural Networks Lack Sensitivity to
Parameter Values, ICLR Workshop 2018.
"""

from typing import Any

import torch
from torch import nn

from ..network.batches import Progress
from ..network.scores import Score
from ._adaptive import FACTS
from ._noise import NOISE_PARAMS, Noise, gradient_statistic
from ._spec import MethodSpec


def var_grad(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    generator: torch.Generator,
    progress: Progress,
    facts: dict[str, Any],
    samples: int = 50,
    sigma: float = 0.1,
    of: str = "gradient",
    stable: float = 0.0,
) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W), `samples` + 1 forward and backward passes an image."""
    noise = Noise(generator, samples, sigma, stable)
    return gradient_statistic("variance", scorer, x, score, of, noise, progress, facts)


SPEC = MethodSpec(
    "var_grad",
    "VarGrad",
    var_grad,
    ("scorer", "x", "score", "generator", "progress", "facts"),
    NOISE_PARAMS,
    formula=r"M=\sum_c\mathrm{Var}_i\left(\frac{\partial s}{\partial x_c}(x+\varepsilon_i)\right)",
    paper="Adebayo et al., ICLR Workshop 2018",
    url="https://arxiv.org/abs/1810.03307",
    reading="Bright where the gradient changes most around the picture; dark where the score is linear.",
    colour="#B45309",
    signed=lambda params: False,
    family="Input gradients",
    passes=lambda layer, params, size: params["samples"] + 1,  # the picture itself comes first
    facts=FACTS,
    plain=(
        "The picture is copied many times with noise added, and the variance of the gradient over the "
        "copies is taken. It is summed over the colours. It answers where the gradient changes around "
        "the picture, which is where the network bends."
    ),
    fails=(
        "What the score depends on linearly is dark however much it matters, and sharp bends of the "
        "network are bright however little they do."
    ),
)
