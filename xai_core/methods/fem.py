"""FEM: where each channel is unusually active, weighted by how active the channel is. It knows no class.

    B_kij = 1 if A_kij >= mu_k + K sigma_k, else 0        M = sum_k mu_k B_k

mu_k and sigma_k are mean and standard deviation of channel k over its places (divided by h w), K is `sigmas`,
2 by default. `counterfactual` and `contrast` do not exist here, because no score enters. M has few values: a
sum of means of channels. It is negative where channels with a negative mean stand out.

Xplique's FEM is the same; pytorch-grad-cam's is not: it multiplies the activations, not the binary maps, and
weights each channel by the share of its places that stand out.

Known failures: the map is the same for every class, so it explains no decision; a constant channel is at its
threshold everywhere and lifts the whole map by its mean.

Fuad, Martin, Giot, Bourqui, Benois-Pineau and Zemmari, Features Understanding in 3D CNNs for Actions
Recognition in Video, IPTA 2020.
"""

import torch

from ..parameters import Param
from ..types import InputError
from ._family import RELU, keeps_sign
from ._spec import MethodSpec


def fem(activations: torch.Tensor, sigmas: float = 2.0) -> torch.Tensor:
    """(N, C, h, w) activations -> (N, h, w). Raises InputError where no place can reach the threshold: none
    of h w values lies more than sqrt(h w - 1) standard deviations above their mean."""
    h, w = activations.shape[2:]
    most = (h * w - 1) ** 0.5
    if sigmas > most:
        raise InputError(
            f"sigmas of fem is {sigmas:g}; at a layer of {h} x {w} places at most {most:.2f} is accepted, "
            "since no place can stand out more."
        )
    mean = activations.mean((2, 3), keepdim=True)
    spread = activations.std((2, 3), correction=0, keepdim=True)
    return (mean * (activations >= mean + sigmas * spread)).sum(1)


SPEC = MethodSpec(
    "fem",
    "FEM",
    fem,
    ("activations",),
    (
        RELU,
        Param(
            "sigmas",
            "float",
            2.0,
            "How many standard deviations above its channel's mean a place has to be.",
            low=0,
            high=5,
            step=0.5,
        ),
    ),
    formula=r"M=\sum_k\mu_k B_k,\quad B_{kij}=[A_{kij}\ge\mu_k+K\sigma_k]",
    paper="Fuad et al., IPTA 2020",
    url="https://doi.org/10.1109/IPTA50016.2020.9286629",
    reading=(
        "Where many strong channels stand out from themselves, whatever the class: it looks the same for "
        "every class, so it explains no decision."
    ),
    colour="#8A8F98",
    signed=keeps_sign,
    family="Class activation",
    plain=(
        "In each channel the places are marked where it is unusually active, some standard deviations "
        "above its mean. Each mark counts as much as the mean of its channel, and the marks are summed. "
        "It answers where the layer found something unusual."
    ),
    fails=(
        "The map is the same for every class, so it explains no decision. A channel that is constant is "
        "above its threshold everywhere and lifts the whole map."
    ),
)
