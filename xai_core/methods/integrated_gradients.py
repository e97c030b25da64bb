"""Integrated Gradients: the gradient collected on the way from a baseline to the picture.

    A_c = mean_b (x_c - b_c) integral_0^1 ds/dx_c (b + a (x - b)) da        sum_c,ij A = s(x) - mean_b s(b)
    M = sum_c |A_c|        (or, signed, sum_c A_c)

The paper has one baseline b. "black_white" averages over a black and a white one, so that what has one of
the two colours is not lost; "pictures" over eight photographs; "noise" over `draws` pictures of noise. Each
integral is a Gauss-Legendre sum of `steps` terms. How far the identity on the right is missed, as a share of
|s(x) - mean_b s(b)|, is reported as the completeness error.

Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, ICML 2017; several baselines: Sturmfels,
Lundberg and Lee, Visualizing the Impact of Feature Attribution Baselines, Distill 2020.
"""

import torch
from torch import nn

from ..inputs.backgrounds import count_of
from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ._completeness import ERROR, path_error
from ._hiding import BLUR, DRAWS, SEVERAL
from ._inputs import AGGREGATE, SCORE, is_signed, over_channels
from ._paths import straight
from ._spec import DIFFERENCE, MethodSpec


def integrated_gradients(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    backgrounds: torch.Tensor,
    progress: Progress,
    facts: dict,
    steps: int = 50,
    aggregate: str = "abs",
) -> torch.Tensor:
    """(N, 3, H, W) inputs and the baselines `backgrounds` (S, 3, H, W) of each of them -> (N, H, W): `steps`
    forward and backward passes a baseline and image."""

    def look(attribution: torch.Tensor, count: int, of: int) -> None:
        progress.show(over_channels(attribution, aggregate)[0], count, of)

    found, errors = [], []
    for i in range(len(x)):
        one, own = x[i : i + 1], score.of(i)
        found.append(straight(scorer, one, backgrounds, own, steps, progress, look))
        errors.append(path_error(scorer, one, backgrounds, own, found[-1]))
        progress.note(1 + len(backgrounds))
    facts["completeness_error"] = torch.stack(errors)
    return over_channels(torch.cat(found), aggregate)


SPEC = MethodSpec(
    "integrated_gradients",
    "Integrated Gradients",
    integrated_gradients,
    ("scorer", "x", "score", "backgrounds", "progress", "facts"),
    (
        Param(
            "steps",
            "int",
            50,
            "Points on the way from each baseline to the picture.",
            low=1,
            high=1000,
            step=10,
        ),
        SEVERAL,
        BLUR,
        DRAWS,
        AGGREGATE,
        SCORE,
    ),
    formula=r"M=\sum_c\left|(x_c-b_c)\int_0^1\partial_{x_c}s\bigl(b+\alpha(x-b)\bigr)\,d\alpha\right|",
    paper="Sundararajan et al., ICML 2017",
    url="https://arxiv.org/abs/1703.01365",
    reading=(
        "What each pixel adds to the score on the way from the baseline. What has the baseline's colour gets "
        "nothing, so try another one."
    ),
    colour="#7C3AED",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: params["steps"] * count_of(params["baseline"], params["draws"]),
    facts=ERROR,
    adds_up_to=DIFFERENCE,
    plain=(
        "The picture is faded in from a baseline, which is black unless another one is chosen. On the way "
        "the gradient of the score is collected at every pixel and multiplied by how far the pixel moved. "
        "The map answers what each pixel adds to the score compared with the baseline: all its values "
        "together are the difference of the two scores. With several baselines the maps are averaged."
    ),
    fails=(
        "A pixel with the baseline's colour gets nothing, however much it matters. The gradients of deep "
        "networks are rough, so that single pixels mislead where areas do not."
    ),
)
