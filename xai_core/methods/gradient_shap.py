"""GradientSHAP, also called expected gradients: Integrated Gradients over many baselines, by
sampling.

    A_c = mean_i (x_c + e_ic - b_ic) ds/dx_c (b_i + a_i (x + e_i - b_i)),   a_i ~ U(0, 1)
    M = sum_c |A_c|        (or, signed, sum_c A_c)

Each sample i draws one background b_i, one place a_i on the way to the picture and, with sigma > 0, noise
e_i ~ N(0, sigma^2). Expected gradients have sigma = 0; then sum A tends to s(x) - mean_b s(b), and how far it
is missed, as a share of |s(x) - mean_b s(b)|, is reported as the completeness error. It shrinks with the
square root of `samples`. With `stable` the method stops drawing once two halves of the samples agree
(`_adaptive`).

Known failures: with few samples the map is noisy; a background that resembles the picture takes credit away
from what both show.

Lundberg and Lee, A Unified Approach to Interpreting Model Predictions, NeurIPS 2017 (implemented in shap and
Captum as GradientSHAP); Erion, Janizek, Sturmfels, Lundberg and Lee, Improving performance of deep learning
models with axiomatic attribution priors and expected gradients, Nature Machine Intelligence 2021.
"""

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress, batch_size, run_batches
from ..network.scores import Score
from ..parameters import Param
from ._adaptive import FACTS, STABLE, drawn
from ._completeness import ERROR, path_error
from ._hiding import BACKGROUNDS, BLUR
from ._inputs import AGGREGATE, SCORE, input_gradients, is_signed, over_channels
from ._spec import DIFFERENCE, MethodSpec

FIRST = 16  # samples before the first look


def gradient_shap(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    backgrounds: torch.Tensor,
    generator: torch.Generator,
    progress: Progress,
    facts: dict,
    samples: int = 50,
    sigma: float = 0.0,
    aggregate: str = "abs",
    stable: float = 0.0,
) -> torch.Tensor:
    """Maps (N, H, W) of inputs (N, 3, H, W) and `backgrounds` (S, 3, H, W), `samples` forward and backward
    passes an image."""
    maps, errors, sampled = [], [], []
    for i in range(len(x)):
        draws = Draws(x[i : i + 1], backgrounds, samples, sigma, generator)
        sums = x.new_zeros((2, *x.shape[1:]))

        def draw(start: int, stop: int, i: int = i, draws: Draws = draws, sums: torch.Tensor = sums) -> None:
            def work(first: int, last: int) -> torch.Tensor:
                numbers = range(start + first, start + last)
                places, steps = draws.of(numbers)
                found = steps * input_gradients(scorer, places, score.of(i))
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
        maps.append(sums.sum(0, keepdim=True) / sampled[-1][0])
        errors.append(path_error(scorer, x[i : i + 1], backgrounds, score.of(i), maps[-1]))
        progress.note(1 + len(backgrounds))
    facts["completeness_error"] = torch.stack(errors)
    facts["samples"], facts["reliability"] = zip(*sampled, strict=True)
    return over_channels(torch.cat(maps), aggregate)


class Draws:
    """The random numbers of one picture `x` (1, 3, H, W). Each sample has a seed of its own, so that the size
    of the batches changes nothing."""

    def __init__(
        self,
        x: torch.Tensor,
        backgrounds: torch.Tensor,
        samples: int,
        sigma: float,
        generator: torch.Generator,
    ):
        self._x, self._backgrounds, self._sigma = x, backgrounds, sigma
        self.chosen = torch.randint(len(backgrounds), (samples,), generator=generator)
        self.along = torch.rand(samples, generator=generator, dtype=torch.float64)
        self._seeds = torch.randint(2**62, (samples,), generator=generator)

    def of(self, numbers: range) -> tuple[torch.Tensor, torch.Tensor]:
        """The places (B, 3, H, W) at which these samples take the gradient, and the steps (B, 3, H, W) from
        their backgrounds to the picture."""
        rows = list(numbers)
        start = self._backgrounds[self.chosen[rows].to(self._x.device)]
        end = self._x if self._sigma == 0 else torch.cat([self._noisy(row) for row in rows])
        along = self.along[rows].to(self._x).view(-1, 1, 1, 1)
        return torch.lerp(start, end.expand_as(start), along), end - start

    def _noisy(self, row: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(int(self._seeds[row]))
        return self._x + self._sigma * torch.randn(self._x.shape, generator=generator).to(self._x)


SPEC = MethodSpec(
    "gradient_shap",
    "GradientSHAP",
    gradient_shap,
    ("scorer", "x", "score", "backgrounds", "generator", "progress", "facts"),
    (
        Param(
            "samples",
            "int",
            50,
            "Random places between a baseline and the picture.",
            low=1,
            high=1000,
            step=10,
        ),
        Param(
            "sigma",
            "float",
            0.0,
            "Standard deviation of noise on the picture, in units of the normalised input.",
            low=0,
            high=2,
            step=0.05,
        ),
        BACKGROUNDS,
        BLUR,
        AGGREGATE,
        STABLE,
        SCORE,
    ),
    formula=r"M=\sum_c\Bigl|\mathrm{mean}_i\,(x-b_i)_c\,\partial_{x_c}s\bigl(b_i+\alpha_i(x-b_i)\bigr)\Bigr|",
    paper="Lundberg and Lee, NeurIPS 2017; Erion et al., Nature Machine Intelligence 2021",
    url="https://arxiv.org/abs/1906.10670",
    reading="What each pixel adds to the score on the way from other pictures to this one, on average.",
    colour="#A21CAF",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: params["samples"],
    facts={**ERROR, **FACTS},
    adds_up_to=DIFFERENCE,
    plain=(
        "Many times, a baseline is drawn at random, and a place on the way from it to the picture. The "
        "gradient there times the difference to the baseline is averaged over all draws. It answers "
        "what each pixel adds compared with pictures like the baselines."
    ),
    fails=(
        "With few samples the map is noisy. A baseline that resembles the picture takes credit away "
        "from what both show."
    ),
)
