"""FGSM: one step of size epsilon along the sign of the gradient.

    x' = clip(x + eps sign(dL/dx), 0, 255),   L the cross-entropy of the class to leave (or minus that to
    reach)

Goodfellow, Shlens and Szegedy, Explaining and Harnessing Adversarial Examples, ICLR 2015.
"""

import torch

from ._spec import EPSILON, AttackSpec, Goal, whole_within


def fgsm(goal: Goal, pixels: torch.Tensor, generator: torch.Generator, epsilon: float) -> torch.Tensor:
    """(1, 3, H, W) whole values 0..255 -> the same, one forward and one backward pass."""
    moved = pixels + epsilon * goal.gradient(pixels).sign()
    goal.progress.advance(1)
    return whole_within(pixels, moved, epsilon)


SPEC = AttackSpec(
    "fgsm",
    "FGSM",
    fgsm,
    (EPSILON,),
    formula=r"x'=\mathrm{clip}\bigl(x+\varepsilon\,\mathrm{sign}\,\nabla_xL\bigr)",
    paper="Goodfellow et al., ICLR 2015",
    url="https://arxiv.org/abs/1412.6572",
    reading="One step of the same size for every pixel, in the direction that hurts the class most.",
    passes=lambda params: 1,
    colour="#E69F00",
)
