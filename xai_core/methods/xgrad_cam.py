"""XGrad-CAM: Grad-CAM with weights that satisfy sensitivity and conservation as far as one weight a channel
can.

    w_k = sum_ij (A_kij / (sum_ab A_kab + eps)) ds/dA_kij        M = sum_k w_k A_k        eps = 1e-7

Fu et al., Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs, BMVC 2020.
"""

import torch

from ._family import cam_spec, weighted_sum

EPSILON = 1e-7


def xgrad_cam(activations: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    """(N, C, h, w) activations and gradients -> (N, h, w)."""
    weights = (gradients * activations).sum((2, 3)) / (activations.sum((2, 3)) + EPSILON)
    return weighted_sum(weights, activations)


SPEC = cam_spec(
    "xgrad_cam",
    "XGrad-CAM",
    xgrad_cam,
    ("activations", "gradients"),
    formula=r"w_k=\sum_{ij}\frac{A_{kij}}{\sum_{ab}A_{kab}}\,\frac{\partial s}{\partial A_{kij}}",
    paper="Fu et al., BMVC 2020",
    url="https://arxiv.org/abs/2008.02312",
    reading=(
        "Like Grad-CAM, but a gradient counts where its channel is active. Layers whose activations "
        "sum to about zero give unstable weights."
    ),
    colour="#2E8B8B",
    odd=True,
    plain=(
        "Each channel gets one weight: the mean of its gradient, where places count as much as the "
        "channel is active there. The map is the weighted sum of the channels. It answers the same "
        "question as Grad-CAM, with the gradient taken where the features really are."
    ),
    fails=(
        "Where the activations of a channel sum to about zero, as in layers without ReLU, its weight is "
        "divided by almost nothing and means nothing."
    ),
)
