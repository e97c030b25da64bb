"""Fused CAM: one map from the class activation maps of several stages, each brought to the same height first.

    M = mean_l up(n(max(0, M_l)))            fuse "mean"
    M = max_l up(tanh(2 n(max(0, M_l))))     fuse "max"
    n(X) = (X - min X) / (max X - min X)

M_l is the map of method `cam` at stage l, one of the last `stages` of the network, or of all if it has fewer.
`up` is bilinear, without aligned corners, to the finest grid among them. A stage without any positive value
adds zeros. Since every stage is brought to 0..1, M has no units: it says where, and its heights are shares of
each stage's own highest value. M is never negative; there is no `relu` to switch off.

"mean" is what pytorch-grad-cam makes of several target layers, on this grid and before its last scaling; it
adds 1e-7 to the divisor, which flattens the maps of stages with smaller values. "max" is torch-cam's
fuse_cams for LayerCAM; the paper of LayerCAM divides by the largest value without subtracting the smallest,
and applies tanh to the shallow layers alone.

Known failures: a stage that saw nothing is stretched to the same height as the others, so its noise counts as
much; Grad-CAM's one weight a channel is too coarse for early stages, LayerCAM's are not.

Gildenblat et al., pytorch-grad-cam, 2021; Jiang et al., LayerCAM: Exploring Hierarchical Class Activation
Maps for Localization, IEEE TIP 2021.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional as F

from ..parameters import Param
from ..types import LayerSpec
from ._family import CONTRAST, COUNTERFACTUAL, weighted_sum
from ._spec import MethodSpec

CAMS = {  # of activations and gradients, as the methods of these names define them
    "layer_cam": lambda a, g: (g.clamp(min=0) * a).sum(1),
    "grad_cam": lambda a, g: weighted_sum(g.mean((2, 3)), a),
    "hires_cam": lambda a, g: (g * a).sum(1),
}
MEAN, MAX = "mean", "max"
GAMMA = 2.0  # of the tanh


def fused_cam(
    own_layers: tuple[tuple[torch.Tensor, torch.Tensor], ...], cam: str = "layer_cam", fuse: str = MEAN
) -> torch.Tensor:
    """(activations, gradients) of each stage, (N, C, h, w) each -> (N, h, w) of the finest stage, in 0..1."""
    maps = [_stretched(CAMS[cam](*stage).clamp(min=0)) for stage in own_layers]
    finest = max((m.shape[1:] for m in maps), key=lambda size: size[0] * size[1])
    if fuse == MAX:
        maps = [(GAMMA * m).tanh() for m in maps]
    large = torch.stack(
        [F.interpolate(m[:, None], finest, mode="bilinear", align_corners=False)[:, 0] for m in maps]
    )
    return large.amax(0) if fuse == MAX else large.mean(0)


def _stretched(maps: torch.Tensor) -> torch.Tensor:
    """n(X) of each map (N, h, w); 0 where it is constant."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return torch.where(high > low, (maps - low) / (high - low), 0)


def last_stages(params: Mapping[str, Any], layers: Sequence[LayerSpec]) -> tuple[LayerSpec, ...]:
    """The last layers of the last stages, in the network's order."""
    return tuple([layer for layer in layers if layer.suggested][-params["stages"] :])


SPEC = MethodSpec(
    "fused_cam",
    "Fused CAM",
    fused_cam,
    ("own_layers",),
    (
        COUNTERFACTUAL,
        CONTRAST,
        Param("stages", "int", 3, "How many stages to fuse, counted from the last.", low=2, high=6, step=1),
        Param("cam", "choice", "layer_cam", "The map of each stage.", choices=tuple(CAMS), label="Map"),
        Param(
            "fuse",
            "choice",
            MEAN,
            "The mean of all stages, or the highest of them at each place.",
            choices=(MEAN, MAX),
        ),
    ),
    formula=r"M=\mathrm{mean}_l\,\mathrm{up}\,n(\max(0,M_l)),\quad n(X)=\frac{X-\min X}{\max X-\min X}",
    paper="Gildenblat et al., pytorch-grad-cam, 2021",
    url="https://github.com/jacobgil/pytorch-grad-cam",
    reading=(
        "Fine where early stages are sharp, and steered by late stages that know the class. Each stage is "
        "stretched to the same height, so the values have no units."
    ),
    colour="#4D7C0F",
    signed=lambda params: False,
    family="Class activation",
    own_layers=last_stages,
    plain=(
        "The network sees the picture in stages, first in fine detail and last in large parts. For several "
        "stages a class activation map is made, its negative parts are dropped, and it is stretched to run "
        "from 0 to 1. The maps are enlarged to the finest of them and averaged. The result answers where "
        "early and late stages agree that something speaks for the class."
    ),
    fails=(
        "A stage that saw little is stretched like one that saw much, so noise of early stages can fill the "
        "background. Heights cannot be compared between pictures or classes."
    ),
)
