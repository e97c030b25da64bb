"""Raw attention: where one head of one block looks. A control: it knows no class.

    M_j = A_ij of head h in block b, i = the token that the network's head reads

With a class token i is that token; with average pooling M is the mean over all patches i; with several tokens
that are read (DeiT) the mean over them. M is not negative; its unit is the share of attention, so all tokens
together have 1, and the map has what the tokens in front of the patches leave over.

In windows (Swin) attention stays within a window; the windows are put back to their places, and M is the mean
attention that each patch receives. Attention pooling behind the blocks (SigLIP) decides which tokens i are
read, weighted by the mean over its heads.

Known failures: the map is the same for every class. One head is not the network: heads disagree, values and
the MLPs behind them are left out, and late blocks often look at background patches (Darcet et al. 2024).

Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align and Translate, ICLR 2015;
Jain and Wallace, Attention is not Explanation, NAACL 2019.
"""

import torch

from ..network.attention import Attention
from ..network.attention_rows import in_windows, on_grid, patches_of
from ..parameters import Param
from ..types import InputError
from ._attention import FAMILY, NEEDS, never_negative, split, start
from ._spec import MethodSpec


def raw_attention(attention: Attention, block: int = 0, head: int = 0) -> torch.Tensor:
    """(N, h, w) of block `block` (1 is the first, 0 the last) and head `head` (1 is the first, 0 the mean
    over all heads). Raises InputError for a block or head that the network does not have."""
    sites = attention.sites.blocks
    number = _number(block, len(sites), "block", "blocks with attention")
    site, weights = sites[number], attention.weights[number].detach()
    heads = weights.shape[1]
    one = weights.mean(1) if head == 0 else weights[:, _number(head, heads, "head", "heads in this block")]
    pooling = None if attention.pooling is None else attention.pooling.detach().mean(1)
    row = split(start(attention, pooling), attention.sites.last, site)
    received = torch.einsum("ni,nij->nj", in_windows(row, site), one)
    return patches_of(on_grid(received, site), site)


def _number(asked: int, count: int, name: str, what: str) -> int:
    """An index from a number that counts from 1, with 0 for the last one."""
    if asked > count:
        raise InputError(f"{name} of raw_attention is {asked}; this network has {count} {what}.")
    return (asked or count) - 1


SPEC = MethodSpec(
    "raw_attention",
    "Raw attention",
    raw_attention,
    ("attention",),
    (
        Param("block", "int", 0, "1 is the first block, 0 the last one.", low=0, high=128, step=1),
        Param("head", "int", 0, "1 is the first head, 0 the mean over all heads.", low=0, high=128, step=1),
    ),
    formula=r"M_j=A^{(b,h)}_{ij},\quad i\text{ read by the head}",
    paper="A control; Jain and Wallace, NAACL 2019",
    url="https://arxiv.org/abs/1902.10186",
    reading=(
        "Where one head of one block looks. It is the same map for every class, so it explains none: a "
        "method that claims to explain a class has to differ from it."
    ),
    colour="#8A8F98",
    signed=never_negative,
    family=FAMILY,
    passes=lambda layer, params, size: 3,
    needs=NEEDS,
    plain=(
        "One head of one block is chosen, and the attention that it gives to each patch is shown. "
        "Neither the score nor a gradient enters. It answers where that head looks, and serves as a "
        "control."
    ),
    fails=(
        "The map is the same for every class. One head is not the network, and late blocks often look "
        "at background patches that hold no evidence."
    ),
)
