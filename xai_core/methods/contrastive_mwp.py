"""Contrastive MWP: Excitation Backprop of the class, less that of everything that speaks against it.

    M = sum_channels P(i | w) - P(i | -w)

P are the marginal winning probabilities (MWP) of `excitation_backprop` at the chosen layer, once as they are
and once with the weights of the last layer negated. Both parts add up to 1 where every winner has an
excitatory input, so M adds up to 0. M is positive where a place excites the class more than its opposite.

Known failures: what excites a class and its opposite alike cancels, whatever it means for the score.

Zhang, Lin, Brandt, Shen and Sclaroff, Top-down Neural Attention by Excitation Backprop, ECCV 2016,
section 3.3.
"""

import torch
from torch import nn

from ..network.scores import Score
from ..types import LayerSpec
from ._excitation import CAUTIONS, winning
from ._spec import MethodSpec


def contrastive_mwp(captured: nn.Module, x: torch.Tensor, score: Score, layer: LayerSpec) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, h, w) at `layer`; two forward passes and one backward pass."""
    return winning(captured, x, score, layer, contrast=True)


SPEC = MethodSpec(
    "contrastive_mwp",
    "Contrastive MWP",
    contrastive_mwp,
    ("captured", "x", "score", "layer"),
    (),
    formula=r"M=\sum_k P(i\mid w)-P(i\mid -w)",
    paper="Zhang et al., ECCV 2016",
    url="https://arxiv.org/abs/1608.00507",
    reading="Positive where a place excites the class more than its opposite.",
    colour="#3F6212",
    signed=lambda params: True,
    family="Class activation",
    passes=lambda layer, params, size: 3,
    cautions=CAUTIONS,
    plain=(
        "Excitation Backprop is done twice: for the class, and for its opposite, with the weights of "
        "the last layer negated. The map is the first less the second. It answers where the network is "
        "excited more for the class than against it."
    ),
    fails=(
        "What excites the class and its opposite alike cancels, whatever it means for the score. The "
        "map adds up to zero, so it always shows something negative."
    ),
)
