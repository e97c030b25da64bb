"""The noise wrapper: a statistic of any method's values over noisy copies of the picture.

    v_i = f(x + e_i),   e_i ~ N(0, sigma^2)

    mean      1/n sum_i v_i
    square    1/n sum_i v_i^2
    variance  1/n sum_i v_i^2 - (1/n sum_i v_i)^2

The variance is taken of v_i - f(x), which is the same number and loses no digits where f hardly changes.
sigma is in units of the normalised input. Each copy has a seed of its own, so that the size of the batches
changes nothing. With `stable` it stops drawing once two halves of the copies agree (`_adaptive`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress, batch_size, run_batches
from ..network.scores import Score
from ..parameters import Param
from ._adaptive import STABLE, drawn
from ._inputs import SCORE, input_gradients

FIRST = 16  # copies before the first look
STATISTICS = ("mean", "square", "variance")
Values = Callable[[torch.Tensor, int], torch.Tensor]  # (B, 3, H, W) copies of an image, its index -> (B, ...)
Finish = Callable[[torch.Tensor, int], torch.Tensor]  # the statistic (...) of an image, its index -> (h, w)

SAMPLES = Param("samples", "int", 50, "Noisy copies.", low=1, high=1000, step=10)
SIGMA = Param(
    "sigma",
    "float",
    0.1,
    "Standard deviation of the noise, in units of the normalised input.",
    low=0,
    high=2,
    step=0.05,
)
OF = Param(
    "of",
    "choice",
    "gradient",
    "Whose values are collected: those of the gradient, or of input times gradient.",
    choices=("gradient", "input_x_gradient"),
)
NOISE_PARAMS = (SAMPLES, SIGMA, OF, STABLE, SCORE)


@dataclass(frozen=True)
class Noise:
    """How noisy copies are drawn: at most `samples` of standard deviation `sigma`, fewer with `stable`."""

    generator: torch.Generator
    samples: int
    sigma: float
    stable: float = 0.0


def over_noise(
    values: Values,
    statistic: str,
    finish: Finish,
    x: torch.Tensor,
    noise: Noise,
    progress: Progress,
    facts: dict[str, Any],
) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, h, w): `finish` of the `statistic`, one of STATISTICS, of the `values`.
    `facts` gets the copies drawn and the reliability, one number an image."""
    seeds = torch.randint(2**62, (len(x), noise.samples), generator=noise.generator)
    maps, sampled = [], []
    for i in range(len(x)):
        moments = _Moments.of(values, statistic, x[i : i + 1], i, progress)

        def finished(mean: torch.Tensor, image: int = i) -> torch.Tensor:
            return finish(mean, image)

        found = _Sampled(moments, finished, x[i : i + 1], noise, seeds[i].tolist(), progress)
        done, reliability = drawn(noise.samples, FIRST, noise.stable, found.draw, found.halves)
        sampled.append((done, reliability))
        maps.append(finished(moments.statistic(found.sums.sum(0) / done)))
    facts["samples"], facts["reliability"] = zip(*sampled, strict=True)
    return torch.stack(maps)


def gradient_statistic(
    statistic: str,
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    of: str,
    noise: Noise,
    progress: Progress,
    facts: dict[str, Any],
) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W): the statistic of the gradient, or of input times gradient, at each
    value of the input, summed over colour channels."""

    def values(copies: torch.Tensor, image: int) -> torch.Tensor:
        found = input_gradients(scorer, copies, score.of(image))
        return copies * found if of == "input_x_gradient" else found

    def finish(found: torch.Tensor, image: int) -> torch.Tensor:
        return found.sum(0)

    return over_noise(values, statistic, finish, x, noise, progress, facts)


@dataclass(frozen=True)
class _Moments:
    """What is added up over the copies of one image, and the statistic that follows from its mean."""

    values: Callable[[torch.Tensor], torch.Tensor]
    kind: str
    centre: torch.Tensor | None  # f(x), for the variance

    @classmethod
    def of(cls, values: Values, kind: str, x: torch.Tensor, image: int, progress: Progress) -> _Moments:
        centre = None
        if kind == "variance":
            centre = values(x, image)
            progress.note(1)
        return cls(lambda copies: values(copies, image), kind, centre)

    def terms(self, copies: torch.Tensor) -> torch.Tensor:
        """(B, ...) for (B, 3, H, W) copies."""
        found = self.values(copies)
        if self.centre is None:
            return found.square() if self.kind == "square" else found
        moved = found - self.centre
        return torch.stack([moved, moved.square()], 1)

    def statistic(self, mean: torch.Tensor) -> torch.Tensor:
        """From the mean of the terms."""
        return mean if self.centre is None else (mean[1] - mean[0].square()).clamp(min=0)


class _Sampled:
    """The sums of the even and of the odd copies of one image, as far as they are drawn."""

    def __init__(
        self,
        moments: _Moments,
        finish: Callable[[torch.Tensor], torch.Tensor],
        x: torch.Tensor,
        noise: Noise,
        seeds: list[int],
        progress: Progress,
    ):
        self._moments, self._finish, self._x = moments, finish, x
        self._noise, self._seeds, self._progress = noise, seeds, progress
        self.sums = x.new_zeros(2)

    def draw(self, start: int, stop: int) -> None:
        """Add the copies start .. stop - 1."""

        def work(first: int, last: int) -> torch.Tensor:
            numbers = range(start + first, start + last)
            drawn_noise = torch.cat([normal(self._x, self._seeds[n]) for n in numbers])
            found = self._moments.terms(self._x + self._noise.sigma * drawn_noise)
            even = found[numbers[0] % 2 :: 2].sum(0)
            return torch.stack([even, found.sum(0) - even])[None]

        def look(found: torch.Tensor, count: int) -> None:
            so_far = found.sum((0, 1)) + (self.sums.sum(0) if start else 0)
            grown = self._finish(self._moments.statistic(so_far / (start + count)))
            self._progress.show(grown, start + count, self._noise.samples)

        size = batch_size(self._x.device, gradient=True)
        found = run_batches(work, stop - start, self._x.device, self._progress, size, look).sum(0)
        self.sums = self.sums + found if start else found

    def halves(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The maps of the even and of the odd copies."""
        sizes = ((count + 1) // 2, max(1, count // 2))
        means = (total / size for total, size in zip(self.sums, sizes, strict=True))
        even, odd = (self._finish(self._moments.statistic(mean)).cpu().numpy() for mean in means)
        return even, odd


def normal(x: torch.Tensor, seed: int) -> torch.Tensor:
    """The noise of one copy: normal numbers like `x`, of standard deviation 1."""
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(seed)).to(x)
