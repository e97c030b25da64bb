"""Generic attention explainability: relevance that every block adds to, by attention times its gradient.

    R = I;   for every block from the first:  R <- R + W_b R,   W_b = 1/H sum_h max(0, A_bh * ds/dA_bh)
    M_j = R_ij, i = the token that the network's head reads

This is the paper's rule for self-attention (its encoder-only case). With average pooling, which the paper
does not treat, M is the mean over all patches i of R - I: the identity adds the same number to every patch.
M is not negative. In windows (Swin) attention is followed within the windows, and a merged token hands its
relevance in equal parts to its patches. Attention pooling behind the blocks (SigLIP) gives the first row, by
the same product.

Known failures: negative evidence is dropped; values and MLPs count only through the gradient; in deep
networks with large activations a few patches of the background can take the map.

Chefer, Gur and Wolf, Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder
Transformers, ICCV 2021.
"""

import torch

from ..network.attention import Attention
from ..network.attention_rows import patches_of
from ..network.scores import Score
from ._attention import FAMILY, NEEDS, descend, never_negative, positive_part, start
from ._family import CONTRAST, COUNTERFACTUAL
from ._spec import MethodSpec


def attention_gae(attention: Attention, score: Score) -> torch.Tensor:
    """(N, h, w) of the first block's grid; one backward pass, shared by all who use these gradients."""
    found = attention.gradients(score)
    matrices = [
        positive_part(weights, gradients)
        for weights, gradients in zip(attention.weights, found[: len(attention.weights)], strict=True)
    ]
    pooling = None if attention.pooling is None else positive_part(attention.pooling, found[-1])
    own, brought = descend(attention, start(attention, pooling), [(matrix, 1.0, 1.0) for matrix in matrices])
    return patches_of(brought if pooling is None else own + brought, attention.sites.blocks[0])


SPEC = MethodSpec(
    "attention_gae",
    "Attention GAE",
    attention_gae,
    ("attention", "score"),
    (COUNTERFACTUAL, CONTRAST),
    formula=r"R\leftarrow R+\tfrac1H\sum_h\max(0,A_{bh}\odot\partial_{A_{bh}}s)\,R,\quad M_j=R_{ij}",
    paper="Chefer et al., ICCV 2021",
    url="https://arxiv.org/abs/2103.15679",
    reading=(
        "Bright where attention that raises the score comes from, added up over all blocks. Evidence against "
        "the class is left out."
    ),
    colour="#C2410C",
    signed=never_negative,
    family=FAMILY,
    needs=NEEDS,
    passes=lambda layer, params, size: 3,
    plain=(
        "In every block, attention is multiplied by the gradient of the score with respect to it, and "
        "what is negative is dropped. Relevance is handed on and added up from block to block. It "
        "answers from which patches attention carries what raises the score."
    ),
    fails=(
        "Evidence against the class is dropped. In deep networks with large activations a few "
        "background patches can take the whole map."
    ),
)
