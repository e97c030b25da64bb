"""HiResCAM: gradient times activation, place by place.

    M_ij = sum_k (ds/dA_kij) A_kij

For a network whose tail behind the layer is linear, M sums to the score minus its bias: it shows what the
model really computed there.

Draelos and Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
networks, 2020."""

import torch

from ._family import cam_spec


def hires_cam(activations: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    """(N, C, h, w) activations and gradients -> (N, h, w)."""
    return (gradients * activations).sum(1)


SPEC = cam_spec(
    "hires_cam",
    "HiResCAM",
    hires_cam,
    ("activations", "gradients"),
    formula=r"M_{ij}=\sum_k \frac{\partial s}{\partial A_{kij}}\,A_{kij}",
    paper="Draelos and Carin, 2020",
    url="https://arxiv.org/abs/2011.08891",
    reading=(
        "Each place shows its own share of the score. Behind the last stage of most networks this is exact."
    ),
    colour="#B5495B",
    odd=True,
    plain=(
        "At every place of the layer each channel is multiplied by its own gradient, and the products "
        "are summed. Where everything behind the layer is linear, the map adds up to the score less its "
        "bias. It answers what each place of the layer contributes."
    ),
    fails=(
        "Where the network behind the layer bends, the gradient holds for small changes alone, and the "
        "sum no longer equals the score."
    ),
)
