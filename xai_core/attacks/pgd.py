"""Projected gradient descent in the largest-change norm: many small FGSM steps, kept within epsilon.

    x_{t+1} = clip(x + P_eps(x_t + a sign(dL/dx_t) - x), 0, 255),   a = 2.5 eps / steps

P_eps cuts every value to [-eps, eps]. Each restart begins at a random point of that box; the best 8-bit
picture of all restarts is kept.

Madry, Makelov, Schmidt, Tsipras and Vladu, Towards Deep Learning Models Resistant to Adversarial Attacks,
ICLR 2018."""

import torch

from ..parameters import Param
from ._spec import EPSILON, AttackSpec, Goal, better, whole_within

STEPS = Param("steps", "int", 20, "Gradient steps.", low=1, high=500, step=5)
RESTARTS = Param("restarts", "int", 1, "Random starts, of which the best is kept.", low=1, high=20, step=1)


def pgd(
    goal: Goal, pixels: torch.Tensor, generator: torch.Generator, epsilon: float, steps: int, restarts: int
) -> torch.Tensor:
    """(1, 3, H, W) whole values 0..255 -> the same, `steps` x `restarts` forward and backward passes."""
    best = pixels
    for _ in range(restarts):
        noise = torch.rand(pixels.shape, generator=generator, dtype=torch.float64).to(pixels) * 2 - 1
        moved = (pixels + epsilon * noise).clamp(0, 255)
        for _ in range(steps):
            goal.progress.check()
            moved = moved + 2.5 * epsilon / steps * goal.gradient(moved).sign()
            moved = (pixels + (moved - pixels).clamp(-epsilon, epsilon)).clamp(0, 255)
            goal.progress.advance(1)
        best = better(goal, whole_within(pixels, moved, epsilon), best)
    return best


SPEC = AttackSpec(
    "pgd",
    "PGD",
    pgd,
    (EPSILON, STEPS, RESTARTS),
    formula=r"x_{t+1}=\Pi_{\lVert\delta\rVert_\infty\le\varepsilon}(x_t+\alpha\,\mathrm{sign}\,\nabla L)",
    paper="Madry et al., ICLR 2018",
    url="https://arxiv.org/abs/1706.06083",
    reading="Many small steps, none of which may leave the box of epsilon around the picture.",
    passes=lambda params: params["steps"] * params["restarts"],
    colour="#D55E00",
)
