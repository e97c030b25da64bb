"""LRP: layer-wise relevance propagation, with one rule for each kind of layer (a composite).

    R_i = sum_j (share of input i in output j) R_j, from the score down to the pixels;   M = sum_c R_c

`network.linear_rules` has the rules with their formulas. The composites, as they are called in zennit:

    epsilon              epsilon everywhere: the gradient times input, where biases are small
    epsilon_plus         z_plus for convolutions, epsilon for fully connected layers
    epsilon_plus_flat    the same, flat for the first layer
    epsilon_gamma_box    gamma (1/4) for convolutions, epsilon for fully connected layers, z_box for the first
    epsilon_alpha2_beta1 alpha2_beta1 for convolutions, epsilon for fully connected layers

It runs on the folded network: batch norm belongs to the convolution in front of it. A batch norm that cannot
be folded (DenseNet's) keeps its gradient, and its shift takes a share. Sums (of a ResNet) give each summand
its share z / sum z. In attention the rules are those of `attn_lrp`. In float64 the maps equal zennit's.

Conservation: sum M = s less what the biases hold, and sum M = s without biases. The fact "explained" is
sum M / s.

Known failures: z_plus and alpha2_beta1 hardly depend on the class in deep networks (Sixt et al. 2020); biases
may hold nearly all of the score (of EfficientNet-Lite0's, z_plus explains less than 0.1 %), though the order
of the pixels stays meaningful; sums whose parts cancel make large relevance of both signs.

Bach, Binder, Montavon, Klauschen, Mueller and Samek, On pixel-wise explanations for non-linear classifier
decisions by layer-wise relevance propagation, PLOS ONE 2015; Montavon, Binder, Lapuschkin, Samek and Mueller,
Layer-Wise Relevance Propagation: An Overview, 2019.
"""

from typing import Any

import torch
from torch import nn

from ..network import linear_rules as rules
from ..network.composite_rules import Composite, picture_relevance
from ..network.scores import Score
from ..parameters import Param
from ._family import CONTRAST
from ._relevance import FACTS
from ._spec import WHOLE, MethodSpec

COMPOSITES = {
    "epsilon_plus": Composite(rules.z_plus, rules.epsilon),
    "epsilon_plus_flat": Composite(rules.z_plus, rules.epsilon, rules.flat),
    "epsilon_gamma_box": Composite(rules.gamma, rules.epsilon, rules.z_box),
    "epsilon_alpha2_beta1": Composite(rules.alpha2_beta1, rules.epsilon),
    "epsilon": Composite(rules.epsilon, rules.epsilon),
}


def lrp(
    captured: nn.Module,
    x: torch.Tensor,
    score: Score,
    logits: torch.Tensor,
    bounds: tuple[torch.Tensor, torch.Tensor],
    facts: dict[str, Any],
    composite: str = "epsilon_plus_flat",
) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W), where `logits` (N, K) are the network's own and `bounds` the smallest
    and the largest value of a pixel; one forward and one backward pass under the rules."""
    found = picture_relevance(captured, x, score, COMPOSITES[composite], bounds).sum(1)
    facts["explained"] = found.sum((1, 2)) / score(logits)
    return found


SPEC = MethodSpec(
    "lrp",
    "LRP",
    lrp,
    ("captured", "x", "score", "logits", "bounds", "facts"),
    (
        Param(
            "composite",
            "choice",
            "epsilon_plus_flat",
            "Which rule convolutions, fully connected layers and the first layer get.",
            choices=tuple(COMPOSITES),
        ),
        CONTRAST,
    ),
    formula=r"R_i=\sum_j\frac{z_{ij}}{\sum_k z_{kj}}R_j,\quad M=\sum_c R_c",
    paper="Bach et al., PLOS ONE 2015",
    url="https://doi.org/10.1371/journal.pone.0130140",
    reading=(
        "The score, handed down from layer to layer in shares: how much of it each pixel holds. What biases "
        "hold is missing."
    ),
    colour="#166534",
    signed=lambda params: True,
    family="Input gradients",
    passes=lambda layer, params, size: 2,
    facts=FACTS,
    cautions={"attention": "In attention the rules are those of AttnLRP."},
    adds_up_to=WHOLE,
    plain=(
        "The score is handed down from layer to layer. Every unit gives what it received to its inputs "
        "by their share, and a rule for each kind of layer says what a share is. It answers how much of "
        "the score each pixel carries."
    ),
    fails=(
        "The rules that count positive shares alone hardly depend on the class in deep networks. Biases "
        "can take nearly all of the score, so that the map adds up to little of it."
    ),
)
