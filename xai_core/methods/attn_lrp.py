"""AttnLRP: layer-wise relevance propagation through every part of a transformer, attention weights included.

    R_j = sum_c z_jc g_jc      z = embedding of patch j (N, T, channels), g = gradient of s under the rules

Rules, in the form R = z * g (`xai_core.network.relevance_rules`): linear layers and residual sums by the
0-rule; GELU and its kin by the identity rule, g_x = g_y f(x) / x; LayerNorm as a linear function with its own
standard deviation as a constant; the products Q K^T and A V give half to each factor; softmax by its Taylor
expansion, whose gradient is softmax's own. The paper uses an epsilon in the 0-rule against division by zero,
which the form z * g does not need, and recommends the gamma-rule for the linear layers of vision transformers
to reduce noise; here the 0-rule serves all of them.

M is R at the patch embedding (the output of the last convolution in front of the first attention), before
position embeddings are added, and summed over its channels. It is taken there and not at the pixels because
the 0-rule multiplies by the pixel's value, and would give a patch of mean grey none whatever it shows.

Conservation: sum M = s - what biases, position embeddings and class tokens hold (each b * g) - what the
expansion of each softmax leaves over. The fact "explained" is sum M / s. M is positive where a patch raises
the score.

Known failures: biases and softmax often hold much, so "explained" may be far from 1; without the gamma-rule
the map is noisy in deep networks; GELU's f(x) / x treats small inputs as if they passed half.

Achtibat, Hatefi, Dreyer, Jain, Wiegand, Lapuschkin and Samek, AttnLRP: Attention-Aware Layer-Wise Relevance
Propagation for Transformers, ICML 2024.
"""

from typing import Any

import torch

from ..network.attention import Attention
from ..network.scores import Score
from ._attention import FAMILY, NEEDS
from ._relevance import FACTS, PARAMS, explained_relevance
from ._spec import WHOLE, MethodSpec


def attn_lrp(
    attention: Attention, score: Score, logits: torch.Tensor, facts: dict[str, Any] | None = None
) -> torch.Tensor:
    """(N, h, w) on the grid of patches, where `logits` (N, K) are the network's own; one forward and one
    backward pass under the rules."""
    return explained_relevance(attention, score, logits, True, facts)


SPEC = MethodSpec(
    "attn_lrp",
    "AttnLRP",
    attn_lrp,
    ("attention", "score", "logits", "facts"),
    PARAMS,
    formula=r"R_j=\sum_c z_{jc}\,g_{jc},\quad g=\partial s/\partial z\text{ under the rules of AttnLRP}",
    paper="Achtibat et al., ICML 2024",
    url="https://arxiv.org/abs/2402.05602",
    reading=(
        "How much of the score each patch holds, with its sign. What biases and softmax hold is missing: "
        "the map adds up to the stated share of the score."
    ),
    colour="#047857",
    signed=lambda params: True,
    family=FAMILY,
    passes=lambda layer, params, size: 3,
    facts=FACTS,
    odd=True,
    needs=NEEDS,
    adds_up_to=WHOLE,
    plain=(
        "The score is handed down the transformer by rules: half to each factor of a product, shares to "
        "each summand, and softmax by its slope. It is read at the patches, before positions are added. "
        "It answers how much of the score each patch carries, also by drawing attention to itself."
    ),
    fails=(
        "Biases and softmax often take much of the score, so the map adds up to only a part of it. In "
        "deep networks it is noisy."
    ),
)
