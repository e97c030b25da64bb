"""Projected gradient descent in the Euclidean norm: the whole change stays within a ball.

    x_{t+1} = clip(x + P_eps(x_t + a g / ||g||_2 - x), 0, 255),   g = dL/dx_t,  a = 2.5 eps / steps

The radius is eps sqrt(d), d the number of values: eps is the root mean square change of a value, in steps of
the 8-bit image, so that it compares with the eps of the other attacks.

Madry, Makelov, Schmidt, Tsipras and Vladu, Towards Deep Learning Models Resistant to Adversarial Attacks,
ICLR 2018."""

import dataclasses

import torch

from ._spec import EPSILON, AttackSpec, Goal, better
from .pgd import RESTARTS, STEPS


def pgd_l2(
    goal: Goal, pixels: torch.Tensor, generator: torch.Generator, epsilon: float, steps: int, restarts: int
) -> torch.Tensor:
    """(1, 3, H, W) whole values 0..255 -> the same, `steps` x `restarts` forward and backward passes."""
    radius, best = epsilon * pixels.numel() ** 0.5, pixels
    for _ in range(restarts):
        noise = torch.randn(pixels.shape, generator=generator, dtype=torch.float64).to(pixels)
        moved = (pixels + _within(noise, radius, fill=True)).clamp(0, 255)
        for _ in range(steps):
            goal.progress.check()
            step = _within(goal.gradient(moved), 2.5 * radius / steps, fill=True)
            moved = (pixels + _within(moved + step - pixels, radius)).clamp(0, 255)
            goal.progress.advance(1)
        best = better(goal, _whole(pixels, moved, radius), best)
    return best


def _within(change: torch.Tensor, radius: float, fill: bool = False) -> torch.Tensor:
    """The change cut to length `radius`, or, with `fill`, brought to it."""
    length = float(change.norm())
    if length == 0 or (length <= radius and not fill):
        return change
    return change * (radius / length)


def _whole(pixels: torch.Tensor, moved: torch.Tensor, radius: float) -> torch.Tensor:
    """The 8-bit picture nearest to `moved` within the radius: rounding may leave the ball, so the change is
    shortened until it does not."""
    low, high = 0.0, 1.0
    change = (moved - pixels).round()
    if float(change.norm()) <= radius:
        return pixels + change
    for _ in range(24):
        middle = (low + high) / 2
        fits = float((middle * (moved - pixels)).round().norm()) <= radius
        low, high = (middle, high) if fits else (low, middle)
    return pixels + (low * (moved - pixels)).round()


SPEC = AttackSpec(
    "pgd_l2",
    "PGD, L2",
    pgd_l2,
    (
        dataclasses.replace(
            EPSILON, default=2.0, help="Root mean square change of a value, in steps of the 8-bit image."
        ),
        STEPS,
        RESTARTS,
    ),
    formula=r"x_{t+1}=\Pi_{\lVert\delta\rVert_2\le\varepsilon\sqrt d}(x_t+\alpha g/\lVert g\rVert_2)",
    paper="Madry et al., ICLR 2018",
    url="https://arxiv.org/abs/1706.06083",
    reading="The change may be large where it helps, as long as all of it together stays small.",
    passes=lambda params: params["steps"] * params["restarts"],
    colour="#CC79A7",
    strengths=(0.25, 0.5, 1, 2, 4, 8),
)
