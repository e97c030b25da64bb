"""Smooth Grad-CAM++: Grad-CAM++ with its derivatives averaged over noisy copies of the picture.

    D_p = 1/n sum_m (ds/dA_kij (x + e_m))^p,   p = 1, 2, 3,   e_m ~ N(0, sigma^2)
    a_kij = D_2 / (2 D_2 + (sum_ab A_kab) D_3 + eps)
    w_k = sum_ij a_kij max(0, D_1)      M = sum_k w_k A_k

A is the activation of the picture itself, sigma is in units of the normalised input, and eps = 1e-6 as in
Grad-CAM++, which the map is with sigma = 0. With `stable` it stops drawing once two halves of the copies
agree (`_adaptive`).

The paper prints D_1 in the numerator of a; its text derives the method from Grad-CAM++, whose numerator is
the second derivative, and without noise only D_2 gives Grad-CAM++ back. torch-cam takes D_2 for the same
reason. It differs in two places: its max(0, D_1) is that of the last copy alone, and in the denominator it
sums A D_3 over places instead of multiplying D_3 by the sum of A.

Omeiza, Speakman, Cintas and Weldermariam, Smooth Grad-CAM++: An Enhanced Inference Level Visualization
Technique for Deep Convolutional Neural Network Models, 2019.
"""

import dataclasses
from typing import Any

import torch
from torch import nn

from ..network.batches import Progress
from ..network.scores import Score
from ..types import LayerSpec
from ._adaptive import FACTS, STABLE
from ._family import at_layer, cam_spec
from ._noise import SAMPLES, SIGMA, Noise, over_noise

EPSILON = 1e-6


def smooth_grad_cam_plus_plus(
    captured: nn.Module,
    x: torch.Tensor,
    score: Score,
    layer: LayerSpec,
    activations: torch.Tensor,
    generator: torch.Generator,
    progress: Progress,
    facts: dict[str, Any],
    samples: int = 25,
    sigma: float = 0.3,
    stable: float = 0.0,
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations -> (N, h, w), `samples` forward and backward passes an
    image."""

    def powers(copies: torch.Tensor, image: int) -> torch.Tensor:
        _, found = at_layer(captured, copies, layer, score.of(image))
        return torch.stack([found, found**2, found**3], 1)

    def finish(mean: torch.Tensor, image: int) -> torch.Tensor:
        return weighted(activations[image], *mean)

    noise = Noise(generator, samples, sigma, stable)
    return over_noise(powers, "mean", finish, x, noise, progress, facts)


def weighted(
    activations: torch.Tensor, first: torch.Tensor, second: torch.Tensor, third: torch.Tensor
) -> torch.Tensor:
    """The map (h, w) of activations and mean powers D_1, D_2, D_3 of the gradient, each (C, h, w)."""
    total = activations.sum((1, 2), keepdim=True)
    alpha = second / (2 * second + total * third + EPSILON)
    return torch.tensordot((alpha * first.clamp(min=0)).sum((1, 2)), activations, 1)


SPEC = cam_spec(
    "smooth_grad_cam_plus_plus",
    "Smooth Grad-CAM++",
    smooth_grad_cam_plus_plus,
    ("captured", "x", "score", "layer", "activations", "generator", "progress", "facts"),
    params=(dataclasses.replace(SAMPLES, default=25), dataclasses.replace(SIGMA, default=0.3), STABLE),
    formula=r"w_k=\sum_{ij}\frac{D_2\,\max(0,D_1)}{2D_2+\sum_{ab}A_{kab}\,D_3},\quad "
    r"D_p=\frac1n\sum_m g(x+\varepsilon_m)^p",
    paper="Omeiza et al., 2019",
    url="https://arxiv.org/abs/1908.01224",
    reading=(
        "Grad-CAM++ with its weights averaged over noisy copies: what only this exact picture would show "
        "is averaged away."
    ),
    colour="#5B3E96",
    passes=lambda layer, params, size: params["samples"],
    facts=FACTS,
    plain=(
        "The picture is copied many times with noise added, and the derivatives that Grad-CAM++ needs "
        "are averaged over the copies. The channels themselves are those of the picture without noise. "
        "It answers the same question as Grad-CAM++, less dependent on details of this one picture."
    ),
    fails=(
        "Strong noise makes pictures that the network was never trained on, and the weights then "
        "describe those. What Grad-CAM++ cannot show, the mean of it cannot show either."
    ),
)
