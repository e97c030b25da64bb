"""Integrated Gradients: the gradient collected on the way from a baseline to the picture.

    A_c = (x_c - b_c) integral_0^1 ds/dx_c (b + a (x - b)) da        sum_c,ij A = s(x) - s(b)
    M = sum_c |A_c|        (or, signed, sum_c A_c)

The integral is a Gauss-Legendre sum of `steps` terms. How far the identity on the right is missed, as a share
of |s(x) - s(b)|, is reported as the completeness error.

Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, ICML 2017.
"""

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress, batch_size, run_batches
from ..network.scores import Score
from ..parameters import Param
from ._hiding import BLUR, baseline_param
from ._inputs import AGGREGATE, SCORE, input_gradients, is_signed, over_channels
from ._spec import MethodSpec


def integrated_gradients(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    baseline: torch.Tensor,
    progress: Progress,
    facts: dict,
    steps: int = 50,
    aggregate: str = "abs",
) -> torch.Tensor:
    """(N, 3, H, W) inputs and baselines -> (N, H, W), `steps` forward and backward passes an image."""
    places, weights = np.polynomial.legendre.leggauss(steps)
    order = coarse_first(steps)
    along = torch.tensor((places[order] + 1) / 2).to(x).view(-1, 1, 1, 1)
    share = torch.tensor(weights[order] / 2).to(x).view(-1, 1, 1, 1)
    found, errors = [], []
    for i in range(len(x)):
        one, start, own = x[i : i + 1], baseline[i : i + 1], score.of(i)
        attribution = (one - start) * _mean_gradient(
            scorer, one, start, own, along, share, aggregate, progress
        )
        found.append(attribution)
        errors.append(_completeness_error(scorer, one, start, own, attribution))
        progress.note(2)
    facts["completeness_error"] = torch.stack(errors)
    return over_channels(torch.cat(found), aggregate)


def _mean_gradient(
    scorer: nn.Module,
    x: torch.Tensor,
    start: torch.Tensor,
    score: Score,
    along: torch.Tensor,
    share: torch.Tensor,
    aggregate: str,
    progress: Progress,
) -> torch.Tensor:
    """The gradient's weighted mean at the places `along` the way from `start` to `x`."""

    def work(first: int, stop: int) -> torch.Tensor:
        inputs = torch.lerp(start, x, along[first:stop])
        return (share[first:stop] * input_gradients(scorer, inputs, score)).sum(0, keepdim=True)

    def look(found: torch.Tensor, count: int) -> None:
        mean = found.sum(0, keepdim=True) / share[:count].sum()
        progress.show(over_channels((x - start) * mean, aggregate)[0], count, len(along))

    size = batch_size(x.device, gradient=True)
    return run_batches(work, len(along), x.device, progress, size, look).sum(0, keepdim=True)


def coarse_first(count: int) -> np.ndarray:
    """0..count - 1 in an order whose beginnings are spread over all of it: by their bits, read backwards."""
    bits = max(1, (count - 1).bit_length())
    return np.array(sorted(range(count), key=lambda n: int(f"{n:0{bits}b}"[::-1], 2)))


def _completeness_error(
    scorer: nn.Module, x: torch.Tensor, start: torch.Tensor, score: Score, attribution: torch.Tensor
) -> torch.Tensor:
    with torch.inference_mode():
        there, here = score(scorer(torch.cat([x, start]))).double()
    difference = there - here
    return (attribution.double().sum() - difference).abs() / difference.abs().clamp(min=1e-12)


SPEC = MethodSpec(
    "integrated_gradients",
    "Integrated Gradients",
    integrated_gradients,
    ("scorer", "x", "score", "baseline", "progress", "facts"),
    (
        Param(
            "steps",
            "int",
            50,
            "Points on the way from the baseline to the picture.",
            low=1,
            high=1000,
            step=10,
        ),
        baseline_param("black"),
        BLUR,
        AGGREGATE,
        SCORE,
    ),
    formula=r"M=\sum_c\left|(x_c-b_c)\int_0^1\partial_{x_c}s\bigl(b+\alpha(x-b)\bigr)\,d\alpha\right|",
    paper="Sundararajan et al., ICML 2017",
    url="https://arxiv.org/abs/1703.01365",
    reading=(
        "What each pixel adds to the score on the way from the baseline. What has the baseline's colour gets "
        "nothing, so try another one."
    ),
    colour="#7C3AED",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: params["steps"],
    facts={"completeness_error": "Completeness error, as a share of the score's difference"},
)
