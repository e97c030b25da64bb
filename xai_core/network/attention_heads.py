"""The heads of attention as units: where each head looks, what it adds, and the network without it.

    O_k(q) = sum_j A_k(q, j) v_k(j)                      what head k adds to token q
    M_k(j) = 1/|Q| sum_{q in Q} A_k(q, j) |v_k(j)|       the map of head k, over the grid of patches j

A_k are the attention weights and v_k the values of head k of one block; |v| is the Euclidean length. So
M_k(j) is the mean length of what the head moves from place j to the tokens Q. It is not negative. A head may
give most of its weight to a token whose values are short, and so move hardly anything; the weights alone
would show that token (Kobayashi et al.).

Q are the tokens that the answer reads: the class token where the network reads only that one (the map that
is usually drawn of a head), else all patches and the tokens in front of them that are read. The tokens in
front are no places of the map. In windows (Swin) attention stays within a window; the windows are put back
to their places, and padding is left out.

A head is switched off by O_k = 0 for all queries. M_k shows what Q receives in this one block; what the head
adds to other tokens can reach the answer through later blocks, and only switching it off covers that too.

Kobayashi et al. measure the length behind the output projection, |W_k v_k(j)|. Here it is measured in front
of it, because a network does not say which part of which matrix belongs to a head; where W_k stretches all
directions alike, the two differ by one factor for each head.

Kobayashi, Kuribayashi, Yokoi and Inui, Attention is Not Only a Weight: Analyzing Transformers with Vector
Norms, EMNLP 2020; Michel, Levy and Neubig, Are Sixteen Heads Really Better than One?, NeurIPS 2019."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from ..types import InputError, LayerSpec
from .attention import Attention
from .attention_core import ExplicitAttention
from .attention_rows import in_windows, on_grid, patches_of
from .attention_sites import Site
from .replacing import Forward, replaced

SUFFIX = " heads"

HeadProduct = Callable[["HeadLayer", torch.Tensor, torch.Tensor], torch.Tensor]  # (layer, A, V) -> O


@dataclass(frozen=True, eq=False)
class HeadLayer:
    """The heads of one block as a layer of units: an activation (N, heads, h, w).

    `key` is the path of the block and " heads"; `reading` is (1, T): 1/|Q| at the tokens Q, else 0."""

    site: Site
    channels: int
    reading: torch.Tensor

    @property
    def key(self) -> str:
        """Its name among the layers of units."""
        return self.site.block.key + SUFFIX

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) of the block's grid of patches."""
        return self.site.block.size

    @property
    def windows(self) -> int:
        """Into how many windows the attention of one picture is cut."""
        return 1 if self.site.windows is None else len(self.site.windows)

    def map(self, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """M (N, heads, h, w) of A (N windows, heads, T, T) and V (N windows, heads, T, d)."""
        row = in_windows(self.reading.to(weights), self.site).repeat(len(weights) // self.windows, 1)
        moved = torch.einsum("ni,nhij->nhj", row, weights) * values.norm(dim=-1)
        of_pictures = moved.unflatten(0, (-1, self.windows)).transpose(1, 2)  # (N, heads, windows, T)
        rows = on_grid(of_pictures.flatten(0, 2), self.site)
        return patches_of(rows, self.site).unflatten(0, (-1, self.channels))


def find_head_layers(net: nn.Module, x: torch.Tensor, layers: Collection[LayerSpec]) -> tuple[HeadLayer, ...]:
    """The heads of every block of `net`, in order, for inputs like `x` (1, 3, H, W); `layers` are the
    network's layers. Raises InputError where its attention cannot be read."""
    attention = Attention(net, x, layers)
    last, read = attention.sites.last, attention.read
    if not read.any():
        raise InputError(f"The answer depends on no token that {last.block.key!r} returns.")
    return tuple(
        HeadLayer(site, weights.shape[1], _reading(site, last, read))
        for site, weights in zip(attention.sites.blocks, attention.weights, strict=True)
    )


def _reading(site: Site, last: Site, read: torch.Tensor) -> torch.Tensor:
    """1/|Q| at the tokens of a block that are read, which is known of the last block. A block with other
    tokens in front has all of its tokens in Q."""
    chosen = torch.ones(site.tokens, dtype=torch.float64, device=read.device)
    if site.prefix == last.prefix:
        chosen[: site.prefix] = read[: site.prefix].double()
        chosen[site.prefix :] = float(read[site.prefix :].any())
    return (chosen / chosen.sum())[None]


def head_products(
    net: nn.Module, layers: Sequence[HeadLayer], product: HeadProduct
) -> AbstractContextManager[None]:
    """While the block lasts, `product` computes "attention weights times values" of these layers in `net`."""

    def explicit(layer: HeadLayer) -> Callable[[Forward], Forward]:
        def made(original: Forward) -> Forward:
            def forward(*args: Any, **kwargs: Any) -> Any:
                with ExplicitAttention(partial(product, layer)):
                    return original(*args, **kwargs)

            return forward

        return made

    return replaced(net, {layer.site.key: explicit(layer) for layer in layers})


@contextmanager
def head_maps(net: nn.Module, layers: Sequence[HeadLayer]) -> Iterator[dict[str, torch.Tensor]]:
    """Yield the maps (N, heads, h, w) by layer key of the pass that `net` makes in the block."""
    found: dict[str, torch.Tensor] = {}

    def product(layer: HeadLayer, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        found[layer.key] = layer.map(weights.detach(), values.detach())
        return weights @ values

    with head_products(net, layers, product):
        yield found


def heads_off(net: nn.Module, layer: HeadLayer, off: Sequence[Sequence[int]]) -> AbstractContextManager[None]:
    """While the block lasts, `net` computes without the heads `off[n]` in picture n of a batch."""

    def product(_layer: HeadLayer, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        return _without(weights @ values, off)

    return head_products(net, [layer], product)


def _without(added: torch.Tensor, off: Sequence[Sequence[int]]) -> torch.Tensor:
    """O (N windows, heads, T, d) with heads `off[n]` of picture n, or `off[0]` of all, set to zero."""
    keep = added.new_ones(len(off), added.shape[1])
    for picture, heads in enumerate(off):
        keep[picture, list(heads)] = 0
    keep = keep.repeat_interleave(len(added) // len(off), 0) if len(off) > 1 else keep
    return added * keep[:, :, None, None]


class HeadsOff:
    """The forward of a module whose heads `off` always add nothing. It holds the module itself, so that a
    copy of the network holds its own."""

    off: tuple[int, ...]
    before: Forward | None  # a forward of the module's own that was put in place of its class's

    def __init__(self, module: nn.Module, off: tuple[int, ...]):
        before = module.__dict__.get("forward")
        earlier = before if isinstance(before, HeadsOff) else None
        self.module, self.before = module, earlier.before if earlier else before
        self.off = tuple(sorted({*(earlier.off if earlier else ()), *off}))

    @property
    def described(self) -> str:
        """What stands for it in the network's identity; "" where another forward is inside."""
        return f"heads {self.off} off" if self.before is None else ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The module's output without these heads."""
        with ExplicitAttention(self._product):
            if self.before is not None:
                return self.before(*args, **kwargs)
            return type(self.module).forward(self.module, *args, **kwargs)

    def _product(self, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        return _without(weights @ values, [self.off])
