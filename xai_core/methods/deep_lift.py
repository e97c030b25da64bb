"""DeepLIFT: what each pixel adds to the difference between the score of the picture and that of a baseline.

    A_c = m_c (x_c - b_c),   sum_c,ij A = s(x) - s(b)       M = sum_c |A_c|        (or, signed, sum_c A_c)

m is the multiplier: the gradient, in which every function that is not linear has the slope between its values
for the baseline and for the picture instead of its derivative (the rescale rule). `network.reference_rules`
has the rules of all functions. How far the identity is missed, as a share of |s(x) - s(b)|, is reported as
the completeness error; it holds nothing but rounding.

On networks of linear functions and ReLU it equals Captum's DeepLift. Captum's (0.9) misses s(x) - s(b) where
max pooling follows a ReLU, where its windows overlap (one of several shares is kept), where a module is used
twice, and for activations that are functions instead of modules.

Known failures: where two ways cancel each other the multipliers can be large; what has the baseline's colour
gets nothing; the map depends on how a network is written (x sigmoid(x) and SiLU have different multipliers).

Shrikumar, Greenside and Kundaje, Learning Important Features Through Propagating Activation Differences, ICML
2017.
"""

from typing import Any

import torch
from torch import nn

from ..network.multipliers import contributions
from ..network.scores import Score
from ._completeness import ERROR, missed
from ._family import CONTRAST
from ._hiding import BLUR, baseline_param
from ._inputs import AGGREGATE, is_signed, over_channels
from ._spec import DIFFERENCE, MethodSpec


def deep_lift(
    captured: nn.Module,
    x: torch.Tensor,
    score: Score,
    baseline: torch.Tensor,
    facts: dict[str, Any],
    aggregate: str = "abs",
) -> torch.Tensor:
    """(N, 3, H, W) inputs and baselines -> (N, H, W), two forward passes and one backward pass."""
    found, differences = contributions(captured, x, baseline, score)
    facts["completeness_error"] = missed(found, differences)
    return over_channels(found, aggregate)


SPEC = MethodSpec(
    "deep_lift",
    "DeepLIFT",
    deep_lift,
    ("captured", "x", "score", "baseline", "facts"),
    (baseline_param("black"), BLUR, AGGREGATE, CONTRAST),
    formula=r"M=\sum_c|m_c(x_c-b_c)|,\quad m=\textstyle\prod\frac{f(z)-f(z_b)}{z-z_b}",
    paper="Shrikumar et al., ICML 2017",
    url="https://arxiv.org/abs/1704.02685",
    reading=(
        "What each pixel adds to the score's difference from a baseline, in one backward pass. What has the "
        "baseline's colour gets nothing."
    ),
    colour="#6D28D9",
    signed=is_signed,
    family="Input gradients",
    passes=lambda layer, params, size: 3,
    facts=ERROR,
    adds_up_to=DIFFERENCE,
    plain=(
        "The picture and a baseline go through the network, and every function gets the slope between "
        "its two values in place of its derivative. What is handed back to the pixels adds up to the "
        "difference of both scores. It answers what each pixel adds to that difference."
    ),
    fails=(
        "What has the baseline's colour gets nothing. Where two ways through the network cancel each "
        "other, contributions of both signs can be very large, and the same network written in another "
        "way gives another map."
    ),
)
