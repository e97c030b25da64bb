"""Where a network computes attention, and on which grid of tokens: found by running it once.

A site is a module that multiplies attention weights (N, heads, T, T) with values once in each pass. Its block
is the module around it that takes and returns the tokens (attention, MLP and the residual connections). A
pooling site, behind the last block, attends from a few queries of its own to all tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import torch
from torch import nn

from ..types import InputError, LayerSpec
from .attention_core import ExplicitAttention
from .attention_windows import window_tokens
from .observe import hooked


@dataclass(frozen=True, eq=False)
class Site:
    """One module that computes attention.

    `key` is its path and `block` the layer around it, which says how tokens lie on the grid. `windows` is
    None where every token attends to all; otherwise int64 (windows, T): which token of the grid each place of
    a window holds, -1 for padding."""

    key: str
    block: LayerSpec
    windows: torch.Tensor | None = None

    @property
    def prefix(self) -> int:
        """Tokens in front of the patches."""
        return self.block.prefix or 0

    @property
    def tokens(self) -> int:
        """Tokens of one picture."""
        return self.prefix + self.block.size[0] * self.block.size[1]


@dataclass(frozen=True)
class Sites:
    """The sites of a network in the order in which they run, and the key of its attention pooling or
    None."""

    blocks: tuple[Site, ...]
    pooling: str | None = None

    @property
    def last(self) -> Site:
        """The site of the last block."""
        return self.blocks[-1]


@dataclass
class Watched:
    """One pass: `products` are (module, shape of its attention weights), `unread` the modules with attention
    weights that were not multiplied with values as they were; shapes of inputs and outputs by module;
    `convolutions` the calls of convolutions that ended before the first product, in order."""

    products: list[tuple[str, torch.Size]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    given: dict[str, torch.Size] = field(default_factory=dict)
    returned: dict[str, torch.Size] = field(default_factory=dict)
    convolutions: list[str] = field(default_factory=list)

    @property
    def embedding(self) -> str:
        """The patch embedding: the last convolution in front of the first attention. Raises InputError."""
        if not self.products:
            raise InputError("This network computes no attention between tokens that can be read.")
        if not self.convolutions:
            raise InputError("This network has no convolution in front of its attention, so no patches.")
        key = self.convolutions[-1]
        if self.convolutions.count(key) > 1:
            raise InputError(f"{key!r} runs more than once in a pass, so its patches are not one map.")
        return key


def find_sites(net: nn.Module, x: torch.Tensor, layers: Collection[LayerSpec], seen: Watched) -> Sites:
    """The sites of `net` for inputs like `x` (1, 3, H, W), which `seen` was watched on. `layers` are the
    network's layers.

    Raises InputError, in one sentence that names the module, where its attention cannot be read: weights that
    the module changes before it applies them, attention between other things than tokens, windows of an
    unknown kind."""
    if not seen.products and not seen.unread:
        raise InputError("This network computes no attention between tokens, so it has none to show.")
    if seen.unread:
        raise InputError(
            f"{seen.unread[0]!r} applies its attention weights to values in a form that is not known "
            "here, so they are not shown."
        )
    keys = [key for key, _ in seen.products]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise InputError(f"{twice!r} computes attention more than once in a pass, so there is no one matrix.")
    known = {layer.key: layer for layer in layers}
    (last, shape), between, pooling = seen.products[-1], seen.products, None
    if len(keys) > 1 and shape[-2] != shape[-1]:
        pooling, between = last, between[:-1]
    sites = tuple(_site(net, x, key, own, seen, known) for key, own in between)
    if pooling is not None and shape[-1] != sites[-1].tokens:
        raise InputError(f"{pooling!r} attends to {shape[-1]} tokens, and the last block has another number.")
    return Sites(sites, pooling)


def watch(net: nn.Module, x: torch.Tensor) -> Watched:
    """Run `net` on `x` (1, 3, H, W) once and see where it computes attention."""
    seen, open_modules = Watched(), [""]
    convolutions = {key for key, module in net.named_modules() if isinstance(module, nn.Conv2d)}

    def product(weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        seen.products.append((open_modules[-1], weights.shape))
        return weights @ values

    def enter(key: str, inputs: tuple) -> None:
        open_modules.append(key)
        first = next((value for value in inputs if isinstance(value, torch.Tensor)), None)
        if first is not None:
            seen.given[key] = first.shape

    def leave(key: str, output: object) -> None:
        open_modules.pop()
        if isinstance(output, torch.Tensor):
            seen.returned[key] = output.shape
        if key in convolutions and not seen.products:
            seen.convolutions.append(key)

    every = [key for key, _ in net.named_modules() if key]
    before = {key: lambda _m, inputs, key=key: enter(key, inputs) for key in every}
    after = {key: lambda _m, _inputs, output, key=key: leave(key, output) for key in every}
    mode = ExplicitAttention(product, lambda: open_modules[-1])
    with hooked(net, after, before), torch.no_grad(), mode:
        net(x)
    seen.unread = mode.unread
    return seen


def _site(
    net: nn.Module,
    x: torch.Tensor,
    key: str,
    shape: torch.Size,
    seen: Watched,
    known: Mapping[str, LayerSpec],
) -> Site:
    queries, tokens = shape[-2:]
    if queries != tokens:
        raise InputError(
            f"{key!r} attends from {queries} places to {tokens}, which is not attention between tokens."
        )
    block = _block(key, [other for other, _ in seen.products], seen)
    layer = None if block is None else known.get(block)
    if layer is None:
        raise InputError(f"{key!r} computes attention, but no grid of tokens around it is known.")
    site = Site(key, layer)
    if shape[0] == len(x) and tokens == site.tokens and layer.prefix is not None:
        return site
    windows = window_tokens(net, key, layer, shape)
    if windows is None:
        raise InputError(
            f"{key!r} attends within {shape[0] // len(x)} groups of {tokens} places, and how these lie on "
            "the grid of tokens is not known."
        )
    return Site(key, layer, windows)


def _block(key: str, sites: list[str], seen: Watched) -> str | None:
    """The module around a site that takes and returns tokens and has no other site inside; the site itself
    where it is the whole block."""
    for block in (key.rpartition(".")[0], key):
        inside = [other for other in sites if other == block or other.startswith(f"{block}.")]
        same = seen.given.get(block) is not None and seen.given.get(block) == seen.returned.get(block)
        if block and same and inside == [key]:
            return block
    return None
