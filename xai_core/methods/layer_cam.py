"""LayerCAM: each place of each channel has its own weight, the positive part of its gradient.

    M_ij = sum_k max(0, ds/dA_kij) A_kij

Works on early layers too, where one weight a channel is too coarse.

Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, IEEE TIP 2021.
"""

import torch

from ._family import cam_spec


def layer_cam(activations: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    """(N, C, h, w) activations and gradients -> (N, h, w)."""
    return (gradients.clamp(min=0) * activations).sum(1)


SPEC = cam_spec(
    "layer_cam",
    "LayerCAM",
    layer_cam,
    ("activations", "gradients"),
    formula=r"M_{ij}=\sum_k \max\!\left(0,\frac{\partial s}{\partial A_{kij}}\right)A_{kij}",
    paper="Jiang et al., IEEE TIP 2021",
    url="https://doi.org/10.1109/TIP.2021.3089943",
    reading=(
        "Finer than Grad-CAM on early layers. Only raising gradients count, so without ReLU it is "
        "negative only where activations are."
    ),
    colour="#C46A2D",
    plain=(
        "At every place of the layer each channel is weighted by its own gradient there, if that is "
        "positive. The products are summed over the channels. It answers which places raise the score, "
        "and it stays sharp at early layers."
    ),
    fails=(
        "Negative gradients are dropped, so what speaks against the class is not shown, and early "
        "layers respond to edges of any object."
    ),
)
