"""CP-LRP: layer-wise relevance propagation with the attention weights held constant.

    R_j = sum_c z_jc g_jc      z = embedding of patch j (N, T, channels), g = gradient of s under the rules

The rules are those of `attn_lrp`, but attention weights are constants, so A V gives all relevance to the
values and nothing reaches queries and keys. LayerNorm's standard deviation is a constant as well. The paper
proposes these two rules; here GELU and its kin follow the identity rule, g_x = g_y f(x) / x, and linear
layers the 0-rule.

M is R at the patch embedding (the output of the last convolution in front of the first attention), before
position embeddings are added, and summed over its channels; `attn_lrp` says why there.

Conservation: sum M = s - what biases, position embeddings and class tokens hold (each b * g); without those,
sum M = s. The fact "explained" is sum M / s. M is positive where a patch raises the score.

Known failures: where a patch counts because it draws attention, and not by its values, the map misses it.

Ali, Schnake, Eberle, Montavon, Mueller and Wolf, XAI for Transformers: Better Explanations through
Conservative Propagation, ICML 2022.
"""

from typing import Any

import torch

from ..network.attention import Attention
from ..network.scores import Score
from ._attention import FAMILY, NEEDS
from ._relevance import FACTS, PARAMS, explained_relevance
from ._spec import WHOLE, MethodSpec


def cp_lrp(
    attention: Attention, score: Score, logits: torch.Tensor, facts: dict[str, Any] | None = None
) -> torch.Tensor:
    """(N, h, w) on the grid of patches, where `logits` (N, K) are the network's own; one forward and one
    backward pass under the rules."""
    return explained_relevance(attention, score, logits, False, facts)


SPEC = MethodSpec(
    "cp_lrp",
    "CP-LRP",
    cp_lrp,
    ("attention", "score", "logits", "facts"),
    PARAMS,
    formula=r"R_j=\sum_c z_{jc}\,g_{jc},\quad g=\partial s/\partial z\text{ with constant }A",
    paper="Ali et al., ICML 2022",
    url="https://arxiv.org/abs/2202.07304",
    reading=(
        "How much of the score each patch holds by its values, with its sign; where attention looks is taken "
        "as given. The map adds up to the stated share of the score, and biases hold the rest."
    ),
    colour="#0F766E",
    signed=lambda params: True,
    family=FAMILY,
    passes=lambda layer, params, size: 3,
    facts=FACTS,
    odd=True,
    needs=NEEDS,
    adds_up_to=WHOLE,
    plain=(
        "The score is handed down the transformer while attention weights are held constant, so that "
        "all of it passes through the values. It is read at the patches, before positions are added. It "
        "answers how much of the score each patch carries by what it holds."
    ),
    fails="Where a patch counts because it draws attention, and not by its values, the map misses it.",
)
