"""Grad-CAM++: positive gradients, weighted so that each occurrence of an object counts alike.

    a_kij = g^2 / (2 g^2 + (sum_ab A_kab) g^3 + eps)      w_k = sum_ij a_kij max(0, g_kij)      M = sum_k w_k
    A_k

g = ds/dA_kij, eps = 1e-6, a = 0 where g = 0. The paper derives a for exp(s); its second and third derivatives
then become the powers of g above. Small gradients make eps felt, so its value, the common one, is part of the
method.

Chattopadhay et al., Grad-CAM++: Generalized Gradient-based Visual Explanations, WACV 2018, eq. 19.
"""

import torch

from ._family import cam_spec, weighted_sum

EPSILON = 1e-6


def grad_cam_plus_plus(activations: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    """(N, C, h, w) activations and gradients -> (N, h, w)."""
    squared = gradients * gradients
    total = activations.sum((2, 3), keepdim=True)
    alpha = squared / (2 * squared + total * squared * gradients + EPSILON)
    return weighted_sum((gradients.clamp(min=0) * alpha).sum((2, 3)), activations)


SPEC = cam_spec(
    "grad_cam_plus_plus",
    "Grad-CAM++",
    grad_cam_plus_plus,
    ("activations", "gradients"),
    formula=r"w_k=\sum_{ij}\alpha_{kij}\,\max(0,g_{kij}),\quad \alpha=\frac{g^2}{2g^2+\sum_{ab}A_{kab}\,g^3}",
    paper="Chattopadhay et al., WACV 2018",
    url="https://arxiv.org/abs/1710.11063",
    reading=(
        "Like Grad-CAM, but several objects of the class are lit about equally and more of each "
        "object is covered."
    ),
    colour="#7A5BB5",
    plain=(
        "As in Grad-CAM, each channel gets one weight. Only positive gradients count for it, and they "
        "are weighted so that a small and a large occurrence of an object count alike. It answers where "
        "all occurrences of the class lie."
    ),
    fails=(
        "Negative gradients are dropped, so evidence against the class never lowers the map, and the "
        "maps of different classes look alike."
    ),
)
