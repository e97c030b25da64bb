"""SmoothGrad-squared: the mean of the squared gradient over noisy copies of the picture.

    M = sum_c 1/n sum_i (ds/dx_c (x + e_i))^2,   e_i ~ N(0, sigma^2)

`of` says whose values are squared: the gradient's, or those of input times gradient, x_c ds/dx_c at the noisy
copy. The map is never negative and has no sign. With sigma = 0 it is the square of the gradient. It is
`smooth_grad(average="squared")` under its own name; Captum calls it smoothgrad_sq.

Known failure: a square is largest where the gradient is largest, whatever its sign, so edges of no class can
outshine evidence. Hooker et al. found that it ranks pixels better than SmoothGrad does, which in their test
was no better than the plain gradient.

Hooker, Erhan, Kindermans and Kim, A Benchmark for Interpretability Methods in Deep Neural Networks, NeurIPS
2019.
"""

from typing import Any

import torch
from torch import nn

from ..network.batches import Progress
from ..network.scores import Score
from ._adaptive import FACTS
from ._noise import NOISE_PARAMS, Noise, gradient_statistic
from ._spec import MethodSpec


def smooth_grad_squared(
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
    """(N, 3, H, W) inputs -> (N, H, W), `samples` forward and backward passes an image."""
    noise = Noise(generator, samples, sigma, stable)
    return gradient_statistic("square", scorer, x, score, of, noise, progress, facts)


SPEC = MethodSpec(
    "smooth_grad_squared",
    "SmoothGrad-squared",
    smooth_grad_squared,
    ("scorer", "x", "score", "generator", "progress", "facts"),
    NOISE_PARAMS,
    formula=r"M=\sum_c\frac1n\sum_i\left(\frac{\partial s}{\partial x_c}(x+\varepsilon_i)\right)^2",
    paper="Hooker et al., NeurIPS 2019",
    url="https://arxiv.org/abs/1806.10758",
    reading="Bright where the gradient is large all around the picture, whichever way it points.",
    colour="#9A3412",
    signed=lambda params: False,
    family="Input gradients",
    passes=lambda layer, params, size: params["samples"],
    facts=FACTS,
    plain=(
        "The picture is copied many times with noise added, and the gradient is squared before it is "
        "averaged over the copies. The squares are summed over the colours. It answers where the score "
        "is sensitive anywhere near the picture."
    ),
    fails=(
        "A square has no sign and grows where the gradient is large for any reason, so edges of no "
        "class can outshine the evidence."
    ),
)
