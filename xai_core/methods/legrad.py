"""LeGrad: how much more attention to each token would raise the score, block by block, with the head on each.

    s_b = score of the network's own head on the tokens of block b
    G_b = max(0, ds_b / dA_b)      (heads, queries, tokens)
    M_j = 1/B sum_b 1/(H T) sum_h sum_i G_b[h, i, j]

s_b is what the rest behind the last block (final norm, pooling, head) makes of what block b returns; only the
way from A_b through block b to s_b is differentiated. With a class token only the row of the tokens that are
read has a gradient, with average pooling all rows have; nothing else differs. All B blocks count equally, as
in the paper; blocks whose tokens the head cannot read, because they have another width or number (Swin's
earlier stages), are left out, and the fact "blocks" says how many counted. The paper leaves the class token
out, scales the map to 0..1 for display, and uses one text embedding as the score; here the map keeps its
unit, score per share of attention. With attention pooling behind the blocks (SigLIP) s_b is what that pooling
makes of block b's tokens; the pooling's own weights, which the paper adds up for that case, are not added.

Known failures: the head was trained on the last block alone, so scores of early blocks may mean little.
Negative evidence is dropped, and values count only through the gradient. The attention itself does not count:
a token to which no head attends is bright where attending to it would help. On the tiny ViT of drawn shapes
the maximum lies in the right shape for 0.20 of the pictures, for 0.92 where G_b is multiplied by A_b, and for
0.12 with the last block alone (docs/measured.md).

Bousselham, Boggust, Chaybouti, Strobelt and Kuehne, LeGrad: An Explainability Method for Vision Transformers
via Feature Formation Sensitivity, 2024 (ICCV 2025).
"""

from typing import Any

import torch

from ..network.attention import Attention, gradients
from ..network.attention_rows import on_grid, patches_of
from ..network.scores import Score
from ..network.token_head import token_gradients
from ._attention import FAMILY, NEEDS, never_negative
from ._family import CONTRAST, COUNTERFACTUAL
from ._spec import MethodSpec


def legrad(attention: Attention, score: Score, facts: dict[str, Any] | None = None) -> torch.Tensor:
    """(N, h, w) of the last block's grid; one backward pass through the head for all blocks together, and one
    through each block by itself."""
    sites, outputs = attention.sites, attention.outputs
    by_tokens = token_gradients(attention.net, attention.x, sites, outputs, score, attention.logits)
    total, counted = torch.zeros((), device=attention.x.device), 0
    for site, weights, output, by in zip(sites.blocks, attention.weights, outputs, by_tokens, strict=True):
        if by is None:
            continue
        (found,) = gradients(output, [weights], by)
        received = found.clamp(min=0).mean(1).sum(1) / site.tokens  # over heads, then over queries
        total, counted = total + patches_of(on_grid(received, site), site), counted + 1
    if facts is not None:
        facts["blocks"] = torch.full((len(attention.x),), float(counted))
    return total / counted


SPEC = MethodSpec(
    "legrad",
    "LeGrad",
    legrad,
    ("attention", "score", "facts"),
    (COUNTERFACTUAL, CONTRAST),
    formula=r"M_j=\frac1B\sum_b\frac1{HT}\sum_{h,i}\max\left(0,\frac{\partial s_b}{\partial A_{bhij}}\right)",
    paper="Bousselham et al., 2024",
    url="https://arxiv.org/abs/2404.03214",
    reading=(
        "Bright where more attention to a patch would raise the score, averaged over the blocks, each of "
        "them with the network's own head. Evidence against the class is left out, and so is how much "
        "attention there is: a patch that no head attends to can be bright."
    ),
    colour="#7C3AED",
    signed=never_negative,
    family=FAMILY,
    needs=NEEDS,
    passes=lambda layer, params, size: 4,
    facts={"blocks": "Blocks that count"},
    plain=(
        "The network's head reads the tokens of every block. The gradient of its score with respect to "
        "the block's attention, where positive, is averaged over heads and tokens, and all blocks are "
        "averaged. It answers where more attention would raise the score."
    ),
    fails=(
        "Attention itself does not count, so a patch can be bright to which no head attends. The head "
        "was trained on the last block alone, and what it says of early blocks may mean little."
    ),
)
