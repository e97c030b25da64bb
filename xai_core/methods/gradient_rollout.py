"""Gradient rollout: rollout over attention that is weighted by its gradient, so that it knows the class.

    W_b = 1/H sum_h max(0, A_bh * ds/dA_bh)
    R = prod_b rows of (I + W_b) divided by their sum, last block on the left;   M_j = R_ij

i is the token that the network's head reads. With average pooling M is the mean over all patches i, without
the share that a patch keeps for itself in every block. Unlike in `attention_gae`, which has no division, rows
of R sum to 1. Attention pooling behind the blocks (SigLIP) gives the first row, by the same product.

In windows (Swin) attention is followed within the windows, and a merged token hands its share in equal parts
to its patches.

Known failures: negative evidence is dropped. A * ds/dA is small against I in most networks, so that the map
is close to the sum of W_b over the blocks. Values and MLPs count only through the gradient.

Abnar and Zuidema, Quantifying Attention Flow in Transformers, ACL 2020, with the gradients of Gildenblat,
Exploring Explainability for Vision Transformers, 2020.
"""

import torch

from ..network.attention import Attention
from ..network.attention_rows import patches_of
from ..network.scores import Score
from ._attention import FAMILY, NEEDS, descend, never_negative, positive_part, start
from ._family import CONTRAST, COUNTERFACTUAL
from ._spec import MethodSpec


def gradient_rollout(attention: Attention, score: Score) -> torch.Tensor:
    """(N, h, w) of the first block's grid; one backward pass, shared by all who use these gradients."""
    found = attention.gradients(score)
    steps = []
    for weights, gradients in zip(attention.weights, found[: len(attention.weights)], strict=True):
        matrix = positive_part(weights, gradients)
        share = 1 / (1 + matrix.sum(-1))
        steps.append((matrix, share, share))
    pooling = None if attention.pooling is None else _rows(positive_part(attention.pooling, found[-1]))
    own, brought = descend(attention, start(attention, pooling), steps)
    return patches_of(brought if pooling is None else own + brought, attention.sites.blocks[0])


def _rows(matrix: torch.Tensor) -> torch.Tensor:
    """Rows divided by their sum; a row of zeros stays."""
    return matrix / matrix.sum(-1, keepdim=True).clamp(min=torch.finfo(matrix.dtype).tiny)


SPEC = MethodSpec(
    "gradient_rollout",
    "Gradient rollout",
    gradient_rollout,
    ("attention", "score"),
    (COUNTERFACTUAL, CONTRAST),
    formula=r"R=\prod_b\mathrm{rows}\left(I+\tfrac1H\sum_h\max(0,A_{bh}\odot\partial_{A_{bh}}s)\right)",
    paper="Gildenblat 2020, after Abnar and Zuidema, ACL 2020",
    url="https://jacobgil.github.io/deeplearning/vision-transformer-explainability",
    reading=(
        "Bright where attention that raises the score comes from. Evidence against the class is left out."
    ),
    colour="#B45309",
    signed=never_negative,
    family=FAMILY,
    needs=NEEDS,
    passes=lambda layer, params, size: 3,
    plain=(
        "Attention is multiplied by the gradient of the score with respect to it, and what is negative "
        "is dropped. These tables are followed through all blocks, each with the identity added and its "
        "rows divided by their sum. It answers from which patches attention carries what raises the "
        "score."
    ),
    fails=(
        "Evidence against the class is dropped, and what the MLPs and values do counts through the "
        "gradient alone."
    ),
)
