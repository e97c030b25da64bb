"""Grad-CAM, element by element: only the products of gradient and activation that raise the score.

    M_ij = sum_k max(0, (ds/dA_kij) A_kij)

Each channel's place counts with its own gradient, as in HiResCAM, and what lowers the score is cut before the
sum over channels, not after it, so that it cannot cancel what raises it. M is never negative; there is no
`relu` to switch off. Where gradients and activations are not negative, it is HiResCAM and LayerCAM.

Known failure: what two channels say for and against a place does not cancel, so a place that the score does
not depend on in sum can be bright.

GradCAMElementWise of pytorch-grad-cam, which names no paper; the two are equal.
"""

import torch

from ._family import CONTRAST, COUNTERFACTUAL
from ._spec import MethodSpec


def grad_cam_elementwise(activations: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    """(N, C, h, w) activations and gradients -> (N, h, w)."""
    return (gradients * activations).clamp(min=0).sum(1)


SPEC = MethodSpec(
    "grad_cam_elementwise",
    "Grad-CAM element-wise",
    grad_cam_elementwise,
    ("activations", "gradients"),
    (COUNTERFACTUAL, CONTRAST),
    formula=r"M_{ij}=\sum_k \max\!\left(0,\frac{\partial s}{\partial A_{kij}}A_{kij}\right)",
    paper="pytorch-grad-cam, GradCAMElementWise",
    url="https://github.com/jacobgil/pytorch-grad-cam",
    reading=(
        "Each place shows all that speaks for the class there. What speaks against it is left out before "
        "channels are added up, so the two never cancel."
    ),
    colour="#3F8FB0",
    signed=lambda params: False,
    family="Class activation",
    plain=(
        "At every place of the layer each channel is multiplied by its own gradient. Only products that "
        "are positive are kept, and they are summed over the channels. It answers where any feature "
        "raises the score."
    ),
    fails=(
        "What one channel says against a place never cancels what another says for it, so places can be "
        "bright on which the score does not depend in sum."
    ),
)
