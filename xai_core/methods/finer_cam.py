"""Finer-CAM: Grad-CAM of what tells the class from the classes most like it.

    w_k = 1/(h w) sum_ij ds/dA_kij        M = sum_k w_k A_k

    weighting "equal":         s = y_t - gamma 1/n sum_d y_d
    weighting "probability":   s = sum_d p_d (y_t - gamma y_d) / (sum_d p_d + 1e-9)

y are the logits, p the probabilities, t is the target, and d runs over the `classes` classes whose logits are
nearest to the target's; gamma is the `strength`. With `contrast` that class is the only d, so that strength 1
is Grad-CAM of the difference of both logits, and strength 0 is Grad-CAM. The gradient also flows through p,
as in the published code.

Both weightings are published: the paper averages the references, gamma = 0.6 and three of them, and torch-cam
equals "equal"; the authors' code has "probability" too, and pytorch-grad-cam's FinerCAM equals that one, with
gamma = 1 by default. The two libraries therefore show different maps under one name. pytorch-grad-cam also
sorts classes by their distance to the largest logit, not to the explained one, unless it is told.

Known failure: what all similar classes share is dark, also where it is why the network speaks of any of them.

Zhang, Gu, Chowdhury, Mai, Carlyn, Berger-Wolf, Su and Chao, Finer-CAM: Spotting the Difference Reveals Finer
Details for Visual Explanation, CVPR 2025.
"""

from typing import Any

import torch
from torch import nn

from ..network.scores import Score, probabilities
from ..parameters import Param
from ..types import InputError, LayerSpec
from ._family import at_layer, cam_spec, weighted_sum

EPSILON = 1e-9
WEIGHTINGS = ("equal", "probability")


def finer_cam(
    captured: nn.Module,
    x: torch.Tensor,
    score: Score,
    logits: torch.Tensor,
    layer: LayerSpec,
    activations: torch.Tensor,
    facts: dict[str, Any],
    weighting: str = "equal",
    classes: int = 3,
    strength: float = 0.6,
) -> torch.Tensor:
    """(N, 3, H, W) inputs, (N, K) logits and (N, C, h, w) activations -> (N, h, w): one forward and one
    backward pass. Raises InputError for a network of one class."""
    targets = torch.tensor(score.targets, device=x.device).expand(len(x))
    others = similar(logits, targets, classes, score.contrast)

    def difference(found: torch.Tensor) -> torch.Tensor:
        target, compared = found.gather(1, targets[:, None]), found.gather(1, others)
        gaps = target - strength * compared
        if weighting == "equal":
            gap = gaps.mean(1)
        else:
            shares = probabilities(found, score.activation).gather(1, others)
            gap = (shares * gaps).sum(1) / (shares.sum(1) + EPSILON)
        return -gap if score.negate else gap

    _, gradients = at_layer(captured, x, layer, difference)
    facts["nearest"] = others[:, 0]
    return weighted_sum(gradients.mean((2, 3)), activations)


def similar(logits: torch.Tensor, targets: torch.Tensor, count: int, contrast: int | None) -> torch.Tensor:
    """The classes (N, n) that each target is compared with: `contrast` alone, or the `count` nearest by their
    logits (N, K), nearest first."""
    if contrast is not None:
        return torch.full_like(targets[:, None], contrast)
    if logits.shape[1] < 2:
        raise InputError("finer_cam compares classes, and this network has one only.")
    distance = (logits - logits.gather(1, targets[:, None])).abs()
    distance = distance.scatter(1, targets[:, None], float("inf"))
    return distance.argsort(dim=1, stable=True)[:, : min(count, logits.shape[1] - 1)]


SPEC = cam_spec(
    "finer_cam",
    "Finer-CAM",
    finer_cam,
    ("captured", "x", "score", "logits", "layer", "activations", "facts"),
    params=(
        Param(
            "weighting",
            "choice",
            "equal",
            "How the similar classes count: all alike, as in the paper, or by their probabilities.",
            choices=WEIGHTINGS,
        ),
        Param(
            "classes",
            "int",
            3,
            "How many of the most similar classes to compare with.",
            low=1,
            high=50,
            step=1,
        ),
        Param(
            "strength",
            "float",
            0.6,
            "How much of the similar classes' logits is taken off: 0 is Grad-CAM.",
            low=0,
            high=2,
            step=0.1,
        ),
    ),
    formula=r"w_k=\overline{\partial s/\partial A_k},\quad s=y_t-\gamma\,\tfrac1n\sum_d y_d",
    paper="Zhang et al., CVPR 2025",
    url="https://arxiv.org/abs/2501.11309",
    reading=(
        "What tells the class from those most like it. What they share is dark, even where it matters for "
        "all of them."
    ),
    colour="#2F5D9B",
    passes=lambda layer, params, size: 2,
    facts={"nearest": "Most similar class (its index)"},
    odd=True,
    needs=("classes",),
    plain=(
        "The score is the logit of the class less a share of the logits of the classes most like it. "
        "Grad-CAM of that difference gives the map. It answers what tells the class from its nearest "
        "rivals."
    ),
    fails=(
        "What all similar classes share is dark, also where it is why the network speaks of any of "
        "them. The two published weightings can show different maps."
    ),
)
