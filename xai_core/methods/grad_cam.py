"""Grad-CAM: weight each channel by the mean gradient of the score with respect to it.

    w_k = 1/(h w) sum_ij ds/dA_kij        M_ij = sum_k w_k A_kij

A is the chosen layer's activation, s the score. M has the layer's resolution; positive raises the score. The
paper applies ReLU to M, which is the family's `relu` parameter.

Known failure: gradients of transformers differ much from token to token, and their mean may say little. On
the tiny ViT of drawn shapes Grad-CAM points at the right shape no more often than a random map, HiResCAM at
the same layer for two pictures in three (docs/measured.md).

Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, ICCV 2017.
"""

import torch

from ._family import cam_spec, weighted_sum

AVERAGED = "The gradient is averaged over all tokens; HiResCAM and LayerCAM keep that of each."


def grad_cam(activations: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    """(N, C, h, w) activations and gradients -> (N, h, w)."""
    return weighted_sum(gradients.mean((2, 3)), activations)


SPEC = cam_spec(
    "grad_cam",
    "Grad-CAM",
    grad_cam,
    ("activations", "gradients"),
    formula=r"M=\sum_k w_k A_k,\quad w_k=\frac{1}{hw}\sum_{ij}\frac{\partial s}{\partial A_{kij}}",
    paper="Selvaraju et al., ICCV 2017",
    url="https://arxiv.org/abs/1610.02391",
    reading=(
        "Bright where channels that raise the score on average are active. One weight serves the "
        "whole channel, so it can light up places that did not matter."
    ),
    colour="#4C6FBF",
    odd=True,
    cautions={"attention": AVERAGED},
    plain=(
        "The gradient of the score is taken at every place of the chosen layer. Its mean over a channel "
        "is the channel's weight, and the map is the weighted sum of the channels. It answers in which "
        "region the features lie whose rise would raise the score."
    ),
    fails=(
        "One weight serves a whole channel, so it misleads where a channel speaks for the class at one "
        "place and against it at another. In transformers gradients differ so much between tokens that "
        "their mean may say little."
    ),
)
