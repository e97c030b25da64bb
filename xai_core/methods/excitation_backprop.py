"""Excitation Backprop: the probability that each place wins, walking from the class down the network.

    P(i) = sum_j P(i | j) P(j),   P(i | j) = a_i w+_ij / sum_k a_k w+_kj,   P(class) = 1;   M = sum_channels P

a_i are activations and w+ the positive weights of a linear layer; biases count for nothing. Max pooling goes
to the winner, mean pooling to each by its share. P is read at the chosen layer. M is never negative, and adds
up to 1 where every winner on the way has an excitatory input.

The paper assumes activations that are not negative. Where they can be (sums of a ResNet, the bottlenecks of
MobileNets), only positive ones win here, which keeps the sum; TorchRay gives each summand all of it.

Known failures: deep layers share the same winners, so maps of different classes look alike; `contrastive_mwp`
is the paper's remedy.

Zhang, Lin, Brandt, Shen and Sclaroff, Top-down Neural Attention by Excitation Backprop, ECCV 2016.
"""

import torch
from torch import nn

from ..network.scores import Score
from ..types import LayerSpec
from ._excitation import CAUTIONS, winning
from ._spec import MethodSpec


def excitation_backprop(captured: nn.Module, x: torch.Tensor, score: Score, layer: LayerSpec) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, h, w) at `layer`; one forward and one backward pass."""
    return winning(captured, x, score, layer)


SPEC = MethodSpec(
    "excitation_backprop",
    "Excitation Backprop",
    excitation_backprop,
    ("captured", "x", "score", "layer"),
    (),
    formula=r"P(i)=\sum_j\frac{a_iw^+_{ij}}{\sum_k a_kw^+_{kj}}P(j)",
    paper="Zhang et al., ECCV 2016",
    url="https://arxiv.org/abs/1608.00507",
    reading="How probable each place is as the one that excites the class. Other classes may look the same.",
    colour="#4D7C0F",
    signed=lambda params: False,
    family="Class activation",
    passes=lambda layer, params, size: 2,
    cautions=CAUTIONS,
    plain=(
        "One unit of probability starts at the class and walks down the network. At every unit it is "
        "divided among the inputs that excite it, by activation times positive weight. It answers how "
        "likely the walk passes through each place of the chosen layer."
    ),
    fails=(
        "Only what excites counts, and deep layers share the same winners, so the maps of different "
        "classes look alike."
    ),
)
