"""Guided Grad-CAM: the fine detail of guided backpropagation where Grad-CAM looks.

    M = sum_c |G_c . up(relu(sum_k a_k A_k))|,   a_k = mean_ij ds/dA_kij

G is the guided gradient at the input, `up` is bilinear to the input's size.

Selvaraju et al., Grad-CAM, ICCV 2017.
"""

import torch
from torch import nn
from torch.nn import functional as F

from ..network.scores import Score
from ._family import weighted_sum
from ._guided import ATTENTION_UNCOVERED, guided_gradients
from ._inputs import AGGREGATE, SCORE, is_signed, over_channels
from ._spec import MethodSpec


def guided_grad_cam(
    net: nn.Module,
    x: torch.Tensor,
    score: Score,
    activations: torch.Tensor,
    gradients: torch.Tensor,
    aggregate: str = "abs",
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations and gradients -> (N, H, W)."""
    where = weighted_sum(gradients.mean((2, 3)), activations).clamp(min=0)
    where = F.interpolate(where[:, None], x.shape[2:], mode="bilinear", align_corners=False)
    return over_channels(guided_gradients(net, x, score) * where, aggregate)


SPEC = MethodSpec(
    "guided_grad_cam",
    "Guided Grad-CAM",
    guided_grad_cam,
    ("net", "x", "score", "activations", "gradients"),
    (AGGREGATE, SCORE),
    formula=r"M=\sum_c\left|G_c\odot\mathrm{up}\Bigl(\mathrm{ReLU}\sum_k\alpha_kA_k\Bigr)\right|",
    paper="Selvaraju et al., ICCV 2017",
    url="https://arxiv.org/abs/1610.02391",
    reading="Grad-CAM says where; guided backpropagation draws edges there, which explain little more.",
    colour="#0F766E",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: 2,
    cautions=ATTENTION_UNCOVERED,
    plain=(
        "Guided Backprop is multiplied by Grad-CAM, enlarged to the picture. Grad-CAM says in which "
        "region, Guided Backprop says which details there. It answers which details lie in the region "
        "that matters for the class."
    ),
    fails=(
        "The details are those of Guided Backprop, which hardly depend on the network. Only the region "
        "carries evidence, and it fails where Grad-CAM fails."
    ),
    places="pixel",
)
