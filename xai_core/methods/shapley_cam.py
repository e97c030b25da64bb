"""ShapleyCAM: Grad-CAM with weights that are second-order Shapley values of the channels' places.

    w_k = 1/(h w) sum_ij (g - 1/2 H A)_kij        M = sum_k w_k A_k

g is the gradient and H the second derivative of the score with respect to the activation A of the layer; H A
costs one more backward pass. Taking a place away from all the others changes the score by g A - 1/2 A H A to
second order, which is where the weight comes from.

`utility` says what is differentiated: "rest", the paper's own,

    u_t = logit_t + log p_t,   p the probabilities (softmax, or sigmoid where the network has it),

or the logit alone. Behind the layer many networks (ReLU, average pooling) are linear piece by piece; there H
of the logit is zero and ShapleyCAM with "logit" is exactly Grad-CAM. With `contrast` the softmax cancels in
u_t - u_c and the same holds. It equals pytorch-grad-cam's ShapleyCAM with its ClassifierOutputReST.

Known failures: as for Grad-CAM, one weight serves the whole channel; and an expansion to second order says
little about a softmax that is nearly 0 or 1, whose H is then nearly zero.

Cai, CAMs as Shapley Value-based Explainers, 2025.
"""

import torch
from torch import nn

from ..network.attention_core import ExplicitAttention
from ..network.capture import capture
from ..network.scores import Score
from ..parameters import Param
from ..types import InputError, LayerSpec
from ._family import cam_spec, weighted_sum

UTILITIES = ("rest", "logit")


def shapley_cam(
    captured: nn.Module,
    x: torch.Tensor,
    score: Score,
    layer: LayerSpec,
    activations: torch.Tensor,
    utility: str = "rest",
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations -> (N, h, w): one forward and two backward passes.

    Raises InputError where an operation of the network has no second derivative."""

    def explained(logits: torch.Tensor) -> torch.Tensor:
        return score(logits if utility == "logit" else rest(logits, score.activation))

    with ExplicitAttention():  # the fused one has no second derivative
        found = capture(captured, x, [layer], [layer.key])
        try:
            slope, bend = found.curvature(explained, layer.key)
        except RuntimeError as error:
            if "derivative for" not in str(error):
                raise
            raise InputError(
                "shapley_cam needs second derivatives, and an operation of this network has none."
            ) from error
    return weighted_sum((slope - bend / 2).mean((2, 3)), activations)


def rest(logits: torch.Tensor, activation: str = "softmax") -> torch.Tensor:
    """The residual softmax (N, K) of logits (N, K): each plus the logarithm of its probability."""
    if activation == "sigmoid":
        return logits + nn.functional.logsigmoid(logits)
    return logits + logits.log_softmax(-1)


SPEC = cam_spec(
    "shapley_cam",
    "ShapleyCAM",
    shapley_cam,
    ("captured", "x", "score", "layer", "activations"),
    params=(
        Param(
            "utility",
            "choice",
            "rest",
            "What is differentiated: the logit plus the logarithm of its probability (rest), or the logit.",
            choices=UTILITIES,
            needs=(("rest", "classes"),),
        ),
    ),
    formula=r"w_k=\overline{(g-\tfrac12 HA)_k},\quad g=\partial u/\partial A,\ H=\partial^2u/\partial A^2",
    paper="Cai, 2025",
    url="https://arxiv.org/abs/2501.06261",
    reading=(
        "Grad-CAM corrected for how the score bends: a channel counts with what it adds on average when "
        "others are already there."
    ),
    colour="#6478C8",
    passes=lambda layer, params, size: 2,
    odd=True,
    plain=(
        "Each channel gets one weight, as in Grad-CAM, but the gradient is corrected by the second "
        "derivative of the score. The weight is what places of the channel add on average when any "
        "others are already there, to second order. It answers where features lie whose presence the "
        "score depends on."
    ),
    fails=(
        "One weight serves a whole channel, as in Grad-CAM. Where the probability is nearly 0 or 1 its "
        "second derivative is nearly zero, and the correction says little."
    ),
)
