"""What a transformer's head makes of the tokens of any block: the network run with its blocks skipped.

    s_b = head(tokens of block b)     as if block b were the last one

The network's own forward runs; every block with attention hands on what it is given, and the last one returns
the tokens that are asked for. What is around the blocks (final norm, pooling, head) runs as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from ..types import InputError
from .attention_sites import Sites
from .replacing import Forward, replaced


def head_of(net: nn.Module, x: torch.Tensor, sites: Sites, tokens: torch.Tensor) -> torch.Tensor:
    """Logits (B, K) of tokens (B, ...) in the form that the last block returns. `x` (1, 3, H, W) is any input
    of that size. Gradients flow to `tokens` if they are enabled."""

    def last(_original: Forward) -> Forward:
        return lambda *args, **kwargs: tokens

    forwards: dict[str, Callable[[Forward], Forward]] = {site.block.key: _skipped for site in sites.blocks}
    with replaced(net, forwards | {sites.last.block.key: last}):
        return net(x)


def _skipped(_original: Forward) -> Forward:
    def forward(*args: Any, **kwargs: Any) -> Any:
        return args[0] if args else next(iter(kwargs.values()))

    return forward


def token_gradients(
    net: nn.Module,
    x: torch.Tensor,
    sites: Sites,
    outputs: Sequence[torch.Tensor],
    score: Callable[[torch.Tensor], torch.Tensor],
    logits: torch.Tensor,
) -> list[torch.Tensor | None]:
    """ds_b / d(tokens of block b) for the blocks' `outputs` (N, ...); None for a block whose tokens have
    another form than those that the head reads.

    Raises InputError where the head, given the last block's tokens, does not give the network's `logits`
    (N, K): something else of the network reaches them."""
    form = outputs[-1].shape
    own = [number for number, output in enumerate(outputs) if output.shape == form]
    leaves = torch.cat([outputs[number].detach() for number in own]).requires_grad_()
    with torch.enable_grad():
        found = head_of(net, x[:1], sites, leaves)
        _check(found[-len(logits) :], logits)
        total = sum(score(part).sum() for part in found.split(len(logits)))
    if not isinstance(total, torch.Tensor) or not total.requires_grad:
        raise InputError(f"The logits do not depend on what {sites.last.block.key!r} returns.")
    (gradients,) = torch.autograd.grad(total, leaves)
    by_block = dict(zip(own, gradients.split(len(logits)), strict=True))
    return [by_block.get(number) for number in range(len(outputs))]


def _check(found: torch.Tensor, logits: torch.Tensor) -> None:
    error = float((found.detach() - logits.detach()).abs().max() / logits.detach().abs().max().clamp(min=1))
    if not error <= 1e-5:
        raise InputError(
            "The head, given the tokens of the last block alone, gives other logits than the network, so it "
            "cannot be asked about the tokens of other blocks."
        )
