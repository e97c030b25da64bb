"""RISE: random soft masks, each weighted by the score that the picture seen through it still gets.

    M = 1/(n p) sum_i s(x m_i + b (1 - m_i)) m_i

A mask is a random grid of zeros and ones (ones with probability p), enlarged bilinearly and shifted at random
by less than a cell. b is the baseline, black as in the paper. The paper's score is the probability.

Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation, BMVC 2018.
"""

import dataclasses
import math

import torch
from torch import nn
from torch.nn import functional as F

from ..batches import Watch
from ..perturb import score_inputs
from ..scores import Score
from ._hiding import BLUR, baseline_param
from ._inputs import SCORE
from ._spec import MethodSpec, Param


def rise(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    baseline: torch.Tensor,
    generator: torch.Generator,
    watch: Watch,
    masks: int = 1000,
    grid: int = 7,
    keep: float = 0.5,
) -> torch.Tensor:
    """(N, 3, H, W) inputs and baselines -> (N, H, W), `masks` forward passes an image."""
    cells = (torch.rand(masks, 1, grid + 1, grid + 1, generator=generator) < keep).to(x)
    shifts = torch.rand(masks, 2, generator=generator)
    return torch.stack(
        [
            _map(scorer, x[i : i + 1], score.of(i), baseline[i : i + 1], cells, shifts, keep, watch)
            for i in range(len(x))
        ]
    )


def _map(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    baseline: torch.Tensor,
    cells: torch.Tensor,
    shifts: torch.Tensor,
    keep: float,
    watch: Watch,
) -> torch.Tensor:
    size = x.shape[2], x.shape[3]

    def make(start: int, stop: int) -> torch.Tensor:
        return torch.lerp(baseline, x, soft_masks(cells[start:stop], shifts[start:stop], size))

    scores = score_inputs(scorer, make, len(cells), score, x.device, watch)
    total = x.new_zeros(size)
    for start in range(0, len(cells), 64):
        part = soft_masks(cells[start : start + 64], shifts[start : start + 64], size)[:, 0]
        total += torch.tensordot(scores[start : start + 64], part, 1)
    return total / (len(cells) * keep)


def soft_masks(cells: torch.Tensor, shifts: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Grids (B, 1, g + 1, g + 1) enlarged to (g + 1) cells of ceil(size / g) pixels, bilinearly, and cut out
    at `shifts` (B, 2) of a cell: (B, 1, H, W)."""
    steps = [math.ceil(side / (count - 1)) for side, count in zip(size, cells.shape[2:], strict=True)]
    large = [step * count for step, count in zip(steps, cells.shape[2:], strict=True)]
    wide = F.interpolate(cells, large, mode="bilinear", align_corners=False)
    corners = (shifts * torch.tensor(steps)).long().tolist()
    return torch.stack(
        [mask[:, y : y + size[0], x : x + size[1]] for mask, (y, x) in zip(wide, corners, strict=True)]
    )


SPEC = MethodSpec(
    "rise",
    "RISE",
    rise,
    ("scorer", "x", "score", "baseline", "generator", "watch"),
    (
        Param("masks", "int", 1000, "Random masks.", low=10, high=8000, step=100),
        Param("grid", "int", 7, "Cells of a mask along each side.", low=2, high=32, step=1),
        Param("keep", "float", 0.5, "Probability that a cell stays visible.", low=0.05, high=0.95, step=0.05),
        baseline_param("black"),
        BLUR,
        dataclasses.replace(SCORE, default="probability"),
    ),
    formula=r"M=\frac{1}{np}\sum_i s(x\odot m_i)\,m_i",
    paper="Petsiuk et al., BMVC 2018",
    url="https://arxiv.org/abs/1806.07421",
    reading="Bright where the score survives whenever the place is visible. Only differences count.",
    colour="#BE185D",
    signed=lambda params: params["score"] == "logit",
    family="Perturbation",
    passes=lambda layer, params, size: params["masks"],
)
