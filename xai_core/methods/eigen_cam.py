"""Eigen-CAM: the first principal component of the layer's activations. It knows no class.

    M = A v,   v the first right singular vector of the centred (hw x C) activations

The sign of v is arbitrary; M is turned so that it agrees with the sum of the channels. `counterfactual` and
`contrast` do not exist here, because no score enters.

Muhammad and Yeasin, Eigen-CAM: Class Activation Map using Principal Components, IJCNN 2020.
"""

import torch

from ._family import RELU, keeps_sign
from ._projection import principal_map
from ._spec import MethodSpec


def eigen_cam(activations: torch.Tensor) -> torch.Tensor:
    """(N, C, h, w) activations -> (N, h, w)."""
    return principal_map(activations)


SPEC = MethodSpec(
    "eigen_cam",
    "Eigen-CAM",
    eigen_cam,
    ("activations",),
    (RELU,),
    formula=r"M=\tilde A\,v_1,\quad \tilde A=U\Sigma V^\top",
    paper="Muhammad and Yeasin, IJCNN 2020",
    url="https://arxiv.org/abs/2008.00299",
    reading=(
        "What the layer reacts to most, whatever the class: it looks the same for every class, so it "
        "explains no decision."
    ),
    colour="#6B7280",
    signed=keeps_sign,
    family="Class activation",
    plain=(
        "The activations of the layer are centred, and the map is their first principal component. "
        "Neither the score nor a gradient enters. It answers where the layer's strongest pattern lies, "
        "which is often the main object."
    ),
    fails=(
        "The map is the same for every class, so it explains no decision. With several objects in the "
        "picture it shows the most striking one, whatever was asked."
    ),
)
