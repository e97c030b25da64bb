"""What the attention methods share: which tokens the head reads, and how attention hands shares of them back
from block to block to the patches.

    row r (N, T): the share of each token of one block; through one block with a matrix M (N, T, T)

        r'_j = keep_j r_j + sum_i gain_i r_i M_ij

which is the row vector r times (diag(keep) + diag(gain) M). Methods differ in M, keep and gain alone. A
product of such matrices over all blocks is never built, since only one of its rows is wanted.

Windows (Swin): attention is a matrix for each window; r is cut into the same windows, and what comes out is
put back to its tokens. Where a network merges patches between two blocks, each merged token hands its share
to its own patches in equal parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..network.attention import Attention
from ..network.attention_rows import in_windows, on_grid
from ..network.attention_sites import Site
from ..types import InputError

Number = torch.Tensor | float
FAMILY = "Attention"
NEEDS = ("attention",)


def never_negative(params: Mapping[str, Any]) -> bool:
    """Whether the map may be negative: it may not."""
    return False


def start(attention: Attention, pooling: torch.Tensor | None = None) -> torch.Tensor:
    """The row (N, T) of the last block's tokens that the head reads.

    Each token in front of the patches that is read, and the patches together if they are, count equally: one
    class token gives 1 there; average pooling gives every patch the same; DeiT's two tokens 1/2 each.
    `pooling` (N, queries, T) is what an attention pooling reads, averaged over its queries."""
    site = attention.sites.last
    if pooling is not None:
        return pooling.mean(1)
    front, patches = attention.read[: site.prefix], attention.read[site.prefix :]
    row = torch.cat([front.double(), patches.double() / max(int(patches.sum()), 1)])
    if not row.any():
        raise InputError(f"The score depends on no token that {site.block.key!r} returns.")
    return (row / row.sum()).to(attention.logits).expand(len(attention.logits), -1)


def split(row: torch.Tensor, coarse: Site, fine: Site) -> torch.Tensor:
    """A row over the tokens of one block as a row over those of an earlier block, which may have a finer
    grid. Raises InputError where the grids do not follow from each other by merging."""
    (h, w), (fine_h, fine_w) = coarse.block.size, fine.block.size
    if (h, w) == (fine_h, fine_w) and coarse.prefix == fine.prefix:
        return row
    down, across = -(-fine_h // h), -(-fine_w // w)
    if coarse.prefix or fine.prefix or (-(-fine_h // down), -(-fine_w // across)) != (h, w):
        raise InputError(
            f"Between {fine.block.key!r} and {coarse.block.key!r} the tokens change in a way that is not "
            "known, so attention is not followed from one to the other."
        )
    shares = row.unflatten(1, (h, w)).repeat_interleave(down, 1).repeat_interleave(across, 2)
    shares = shares[:, :fine_h, :fine_w]
    merged = torch.ones_like(shares[:1])  # how many patches a merged token has: fewer at an odd border
    merged = torch.nn.functional.avg_pool2d(
        torch.nn.functional.pad(merged, (0, w * across - fine_w, 0, h * down - fine_h)), (down, across)
    ) * (down * across)
    merged = merged.repeat_interleave(down, 1).repeat_interleave(across, 2)[:, :fine_h, :fine_w]
    return (shares / merged).flatten(1)


def descend(
    attention: Attention, row: torch.Tensor, steps: Sequence[tuple[torch.Tensor, Number, Number]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """A row (N, T) of the last block handed down through all blocks; `steps` has (matrix, keep, gain) for
    each block in order. Returns two rows of the first block's tokens, whose sum is r: what tokens kept for
    themselves in every block, and what attention brought.

    They are kept apart because attention may bring much less than is kept, which a sum would round off."""
    above, own, brought = attention.sites.last, row, torch.zeros_like(row)
    pairs = zip(attention.sites.blocks, steps, strict=True)
    for site, (matrix, keep, gain) in reversed(list(pairs)):
        own, brought = (in_windows(split(part, above, site), site) for part in (own, brought))
        brought = keep * brought + torch.einsum("ni,nij->nj", gain * (own + brought), matrix)
        own, brought = on_grid(keep * own, site), on_grid(brought, site)
        above = site
    return own, brought


def positive_part(weights: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    """1/H sum_h max(0, A_h * dA_h): (N, heads, T, T) -> (N, T, T)."""
    return (weights.detach() * gradients).clamp(min=0).mean(1)
