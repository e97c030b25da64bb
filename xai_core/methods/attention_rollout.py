"""Attention rollout: attention followed from the head back to the patches. A control: it knows no class.

    R = prod_b (1/2 I + 1/2 mean_h A_bh), last block on the left;   M_j = R_ij, i = the token that is read

Each block passes half of a token on unchanged (the residual connection) and mixes the other half by its mean
attention. Rows of R sum to 1, so M is the share of each patch in the token that the network's head reads;
tokens in front of the patches have the rest. With average pooling M is the mean over all patches i.
`heads` takes the mean over heads (the paper), or the largest or smallest weight of all heads, whose rows are
then divided by their sum.

In windows (Swin), where the paper does not define it, attention is followed within the windows, and a merged
token hands its share in equal parts to its patches. Attention pooling behind the blocks (SigLIP) gives the
first row, by the mean over its heads.

Known failures: the map is the same for every class. Values, MLPs and the size of the residual branches are
left out, and over many blocks the rows become alike.

Abnar and Zuidema, Quantifying Attention Flow in Transformers, ACL 2020.
"""

import torch

from ..network.attention import Attention
from ..network.attention_rows import patches_of
from ..parameters import Param
from ._attention import FAMILY, NEEDS, descend, never_negative, start
from ._spec import MethodSpec


def attention_rollout(attention: Attention, heads: str = "mean") -> torch.Tensor:
    """(N, h, w) of the first block's grid."""
    steps = [(_fused(weights.detach(), heads), 0.5, 0.5) for weights in attention.weights]
    pooling = None if attention.pooling is None else _fused(attention.pooling.detach(), heads)
    own, brought = descend(attention, start(attention, pooling), steps)
    return patches_of(own + brought, attention.sites.blocks[0])


def _fused(weights: torch.Tensor, heads: str) -> torch.Tensor:
    """One matrix whose rows sum to 1, (N, T, T), of all heads (N, heads, T, T)."""
    if heads == "mean":
        return weights.mean(1)
    fused = weights.amax(1) if heads == "max" else weights.amin(1)
    return fused / fused.sum(-1, keepdim=True).clamp(min=torch.finfo(fused.dtype).tiny)


SPEC = MethodSpec(
    "attention_rollout",
    "Attention rollout",
    attention_rollout,
    ("attention",),
    (
        Param(
            "heads",
            "choice",
            "mean",
            "How the heads of a block become one matrix.",
            choices=("mean", "max", "min"),
        ),
    ),
    formula=r"R=\prod_b\tfrac12\left(I+\tfrac1H\sum_hA_{bh}\right),\quad M_j=R_{ij}",
    paper="Abnar and Zuidema, ACL 2020",
    url="https://arxiv.org/abs/2005.00928",
    reading=(
        "Which patches attention could have carried to the answer. It is the same map for every class, so "
        "it explains none: it is the control for the methods that use gradients."
    ),
    colour="#6B7280",
    signed=never_negative,
    family=FAMILY,
    passes=lambda layer, params, size: 3,
    needs=NEEDS,
    plain=(
        "The attention of all heads is averaged in each block, and half of every token is kept as it "
        "is. The tables of all blocks are multiplied. It answers which patches attention could have "
        "carried to the answer."
    ),
    fails=(
        "The map is the same for every class, so it explains no decision. Over many blocks all rows "
        "become alike."
    ),
)
