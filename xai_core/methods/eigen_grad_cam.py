"""Eigen-Grad-CAM: the first principal component of gradient times activation, so that the class enters.

    M = (G * A) v,   v the first right singular vector of the centred (hw x C) products, G = ds/dA

The sign of v is arbitrary; M is turned so that it agrees with sum_k G_k A_k (HiResCAM), so positive raises
the score.

Gildenblat, pytorch-grad-cam, 2021, after Muhammad and Yeasin, IJCNN 2020.
"""

import torch

from ._family import cam_spec
from ._projection import principal_map


def eigen_grad_cam(activations: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    """(N, C, h, w) activations and gradients -> (N, h, w)."""
    return principal_map(gradients * activations)


SPEC = cam_spec(
    "eigen_grad_cam",
    "Eigen-Grad-CAM",
    eigen_grad_cam,
    ("activations", "gradients"),
    formula=r"M=\widetilde{(G\odot A)}\,v_1,\quad G=\frac{\partial s}{\partial A}",
    paper="Gildenblat, 2021, after Muhammad and Yeasin, IJCNN 2020",
    url="https://github.com/jacobgil/pytorch-grad-cam",
    reading=(
        "The main pattern of HiResCAM's products with the noise taken out: smooth, but a map centred "
        "on its mean."
    ),
    colour="#9A7B1F",
    odd=True,
    plain=(
        "Gradient times activation is computed at every place and channel of the layer. The map is its "
        "first principal component over the channels, with the sign that agrees with HiResCAM. It "
        "answers where the main pattern of contributions lies."
    ),
    fails=(
        "What does not follow the main pattern is left out, however much it contributes, and one "
        "component need not be the class."
    ),
)
