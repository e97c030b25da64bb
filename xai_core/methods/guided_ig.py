"""Guided Integrated Gradients: a path to the picture that first moves the values with small gradients.

    A_c = sum_t ds/dx_c(x_t) (x_{t+1} - x_t)_c,   x_0 = b,  x_T = x,  |x - x_t|_1 = (1 - t/T) |x - b|_1
    M = sum_c |A_c|        (or, signed, sum_c A_c)

In each of T = `steps` steps the `fraction` of the values (pixels and channels) with the smallest |ds/dx_c|
moves towards the picture until the distance above is reached; where all of them together do not reach it,
they move as far as they may, and the next `fraction` follows with the same gradient. A value x_t,c = b_c + a
(x - b)_c keeps |a - (t + 1)/T| <= `max_dist` at the end of a step: with 0 the path is the straight line of
Integrated Gradients, with 1 it is free. How far sum A misses s(x) - s(b), as a share of it, is reported as
the completeness error.

The error does not vanish with more steps. The gradient is taken where a step begins. Values move while theirs
is small; where the network bends (a ReLU switches) it becomes large, so that others move, until it is small
again. The path stays at the bend, and each step counts only the side on which it begins. For the score
v + 3 max(0, u - v), from 0 to 1, the sum is -2 instead of 1 with any number of steps.

The paper bounds the path by anchor points on the straight line through which it has to go. PAIR's saliency
library, which is by the paper's authors, bounds each value by `max_dist` instead. This module does what the
library does and equals it in float64.

Known failures: a value that matters only together with others moves while its gradient is still small, and
so gets little; that is how noise is removed, and how evidence can be. What has the baseline's colour gets
nothing.

Kapishnikov, Venugopalan, Avci, Wedin, Terry and Bolukbasi, Guided Integrated Gradients: an Adaptive Path
Method for Removing Noise, CVPR 2021.
"""

import math

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress, run_batches
from ..network.scores import Score
from ..parameters import Param
from ._completeness import ERROR, path_error
from ._hiding import BLUR, baseline_param
from ._inputs import AGGREGATE, SCORE, input_gradients, is_signed, over_channels
from ._spec import DIFFERENCE, MethodSpec

CLOSE = 1e-9  # distances that differ by less are equal


def guided_ig(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    baseline: torch.Tensor,
    progress: Progress,
    facts: dict,
    steps: int = 200,
    fraction: float = 0.25,
    max_dist: float = 0.02,
    aggregate: str = "abs",
) -> torch.Tensor:
    """(N, 3, H, W) inputs and baselines -> (N, H, W): `steps` forward and backward passes an image, one after
    the other, because each gradient decides where the next one is taken."""
    found, errors = [], []
    for i in range(len(x)):
        one, start, own = x[i : i + 1], baseline[i : i + 1], score.of(i)
        path = Path(_on_cpu(start), _on_cpu(one), steps, fraction, max_dist)

        def work(_start: int, _stop: int, path: Path = path, own: Score = own) -> torch.Tensor:
            path.advance(_on_cpu(input_gradients(scorer, torch.from_numpy(path.at).to(x), own)))
            return x.new_zeros(1)

        def look(_found: torch.Tensor, count: int, path: Path = path) -> None:
            progress.show(over_channels(torch.from_numpy(path.collected), aggregate)[0], count, steps)

        run_batches(work, steps, x.device, progress, 1, look)
        found.append(torch.from_numpy(path.collected))
        errors.append(path_error(scorer, one, start, own, found[-1]))
        progress.note(2)
    facts["completeness_error"] = torch.stack(errors)
    return over_channels(torch.cat(found), aggregate).to(x)


def _on_cpu(values: torch.Tensor) -> np.ndarray:
    return values.detach().cpu().double().numpy()


class Path:
    """The way of one picture from `start` to `end`, float64 (1, 3, H, W) each: `at` is the point reached and
    `collected` what the gradients on the way add up to."""

    def __init__(self, start: np.ndarray, end: np.ndarray, steps: int, fraction: float, max_dist: float):
        self._start, self._end, self._steps, self._max_dist = start, end, steps, max_dist
        self._rank = math.floor(fraction * (start.size - 1))
        self._length = np.abs(end - start).sum()
        self._taken = 0
        self.at, self.collected = start.copy(), np.zeros_like(start)

    def advance(self, gradient: np.ndarray) -> None:
        """One step with the gradient (1, 3, H, W) at `at`."""
        self._taken += 1
        along = self._taken / self._steps
        least, most = (
            self._start + (self._end - self._start) * place
            for place in (max(along - self._max_dist, 0.0), min(along + self._max_dist, 1.0))
        )
        before = self.at.copy()
        behind = (least - self.at) * (self._end - self._start) > 0
        self.at[behind] = least[behind]
        self._approach(self._length * (1 - along), most, np.abs(gradient))
        self.collected += (self.at - before) * gradient

    def _approach(self, wanted: float, most: np.ndarray, size: np.ndarray) -> None:
        """Move the values with the smallest gradients, `size` of them, towards `most` until the distance from
        the end is `wanted`."""
        size = np.where(np.isfinite(size), size, np.finfo(size.dtype).max)  # what is no number moves last
        while True:
            left = np.abs(self._end - self.at).sum() - wanted
            if left <= CLOSE * max(1.0, wanted):
                return
            size[self.at == most] = np.inf
            threshold = np.partition(size, self._rank, axis=None)[self._rank]
            moved = (size <= threshold) & (size < np.inf)
            ways = most[moved] - self.at[moved]
            reach = np.abs(ways).sum()
            if left <= reach:
                self.at[moved] += ways * (left / reach)
                return
            if reach == 0:  # rounding alone is left
                return
            self.at[moved] = most[moved]


SPEC = MethodSpec(
    "guided_ig",
    "Guided IG",
    guided_ig,
    ("scorer", "x", "score", "baseline", "progress", "facts"),
    (
        Param("steps", "int", 200, "Steps from the baseline to the picture.", low=1, high=1000, step=10),
        Param(
            "fraction",
            "float",
            0.25,
            "Share of the values that moves at a time: those with the smallest gradients.",
            low=0.01,
            high=1,
            step=0.05,
        ),
        Param(
            "max_dist",
            "float",
            0.02,
            "How far a value may be from the straight way, as a share of it: 0 is Integrated Gradients.",
            low=0,
            high=1,
            step=0.02,
            label="Distance",
        ),
        baseline_param("black"),
        BLUR,
        AGGREGATE,
        SCORE,
    ),
    formula=r"M=\sum_c\Bigl|\sum_t\partial_{x_c}s(x_t)\,(x_{t+1}-x_t)_c\Bigr|",
    paper="Kapishnikov et al., CVPR 2021",
    url="https://arxiv.org/abs/2106.09788",
    reading=(
        "What each pixel adds to the score on a way from the baseline that avoids large gradients as long as "
        "it can. What has the baseline's colour gets nothing."
    ),
    colour="#5B21B6",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: params["steps"],
    facts=ERROR,
    plain=(
        "The picture is built up from a baseline in small steps. In each step the values to which the score "
        "is least sensitive move first, and every value keeps close to the straight way from the baseline. "
        "The gradient is collected along this way. The map answers what each pixel adds to the score. It is "
        "meant to have less noise than Integrated Gradients, whose way passes through places with large "
        "gradients."
    ),
    fails=(
        "A pixel that counts only together with others moves while its gradient is still small and gets too "
        "little. What has the baseline's colour gets nothing. The map's sum can miss the score's difference "
        "by as much as that difference, and more steps do not mend it; at distance 0 they do."
    ),
    adds_up_to=DIFFERENCE,
)
