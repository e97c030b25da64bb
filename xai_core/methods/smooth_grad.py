"""SmoothGrad: the gradient, averaged over noisy copies of the picture.

    M = sum_c |1/n sum_i ds/dx_c (x + e_i)|,   e_i ~ N(0, sigma^2)

`average` says what is averaged: the gradient (as above, the absolute value after the mean), its absolute
value (before the mean), or its square (SmoothGrad-squared, Hooker et al. 2019). sigma is in units of the
normalised input. With sigma = 0 it is the vanilla gradient. With `stable` it stops drawing once two halves of
the copies agree (`_adaptive`).

Smilkov et al., SmoothGrad: removing noise by adding noise, 2017.
"""

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress, batch_size, run_batches
from ..network.scores import Score
from ..parameters import Param
from ._adaptive import FACTS, STABLE, drawn
from ._inputs import AGGREGATE, SCORE, input_gradients, over_channels
from ._spec import MethodSpec

FIRST = 16  # copies before the first look
_POWERS = {"gradient": lambda g: g, "absolute": torch.abs, "squared": torch.square}


def smooth_grad(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    generator: torch.Generator,
    progress: Progress,
    facts: dict,
    samples: int = 50,
    sigma: float = 0.1,
    average: str = "gradient",
    aggregate: str = "abs",
    stable: float = 0.0,
) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W), `samples` forward and backward passes an image."""
    seeds = torch.randint(2**62, (len(x), samples), generator=generator)
    means, sampled = [], []
    for i in range(len(x)):
        sums = x.new_zeros((2, *x.shape[1:]))

        def draw(start: int, stop: int, i: int = i, sums: torch.Tensor = sums) -> None:
            def work(first: int, last: int) -> torch.Tensor:
                # each sample has a seed of its own, so that the size of the batches changes nothing
                numbers = range(start + first, start + last)
                noise = torch.cat([_noise(x[i : i + 1], int(seeds[i, n])) for n in numbers])
                found = input_gradients(scorer, x[i : i + 1] + sigma * noise, score.of(i))
                found = _POWERS[average](found)
                even = found[numbers[0] % 2 :: 2].sum(0)
                return torch.stack([even, found.sum(0) - even])[None]

            def look(found: torch.Tensor, count: int) -> None:
                mean = (sums.sum(0) + found.sum((0, 1))) / (start + count)
                progress.show(over_channels(mean[None], aggregate)[0], start + count, samples)

            size = batch_size(x.device, gradient=True)
            sums.add_(run_batches(work, stop - start, x.device, progress, size, look).sum(0))

        def halves(_count: int, sums: torch.Tensor = sums) -> tuple[np.ndarray, np.ndarray]:
            return tuple(over_channels(sums, aggregate).cpu().numpy())

        sampled.append(drawn(samples, FIRST, stable, draw, halves))
        means.append(sums.sum(0, keepdim=True) / sampled[-1][0])
    facts["samples"], facts["reliability"] = zip(*sampled, strict=True)
    return over_channels(torch.cat(means), aggregate)


def _noise(x: torch.Tensor, seed: int) -> torch.Tensor:
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(seed)).to(x)


SPEC = MethodSpec(
    "smooth_grad",
    "SmoothGrad",
    smooth_grad,
    ("scorer", "x", "score", "generator", "progress", "facts"),
    (
        Param("samples", "int", 50, "Noisy copies.", low=1, high=1000, step=10),
        Param(
            "sigma",
            "float",
            0.1,
            "Standard deviation of the noise, in units of the normalised input.",
            low=0,
            high=2,
            step=0.05,
        ),
        Param(
            "average",
            "choice",
            "gradient",
            "What is averaged: the gradient, its absolute value, or its square.",
            choices=tuple(_POWERS),
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
)
