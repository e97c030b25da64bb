"""Relevance of the patch embeddings of a transformer, by the rules of `relevance_rules`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from ..types import InputError
from .observe import hooked
from .relevance_rules import RelevanceRules

TOLERANCE = 1e-4


def patch_relevance(
    net: nn.Module,
    x: torch.Tensor,
    key: str,
    score: Callable[[torch.Tensor], torch.Tensor],
    plain: torch.Tensor,
    through_attention: bool,
) -> torch.Tensor:
    """Relevance (N, h, w) of the patches of `x` (N, 3, H, W), summed over the channels of the patch embedding
    `key`. `plain` (N,) are the scores of the network as it is.

    One forward and one backward pass. Raises InputError for a function that no rule covers, and where the
    picture reaches the score by another way than the patch embedding."""
    kept: list[torch.Tensor] = []

    def begin(_module: nn.Module, _inputs: tuple, output: torch.Tensor) -> torch.Tensor:
        kept.append(output.detach().requires_grad_())
        return kept[0]

    inputs = x.detach().clone().requires_grad_()
    with hooked(net, {key: begin}), torch.enable_grad(), RelevanceRules(through_attention):
        logits = net(inputs)
    with torch.enable_grad():
        scores = score(logits)
    _check(scores.detach(), plain)
    if not scores.requires_grad:
        return torch.zeros_like(kept[0]).sum(1)
    found, around = torch.autograd.grad(scores.sum(), [kept[0], inputs], allow_unused=True)
    if around is not None:
        raise InputError(f"The picture reaches the score around {key!r}, so its patches have no relevance.")
    if found is None:
        return torch.zeros_like(kept[0]).sum(1)
    return (found * kept[0]).sum(1).detach()


def _check(found: torch.Tensor, plain: torch.Tensor) -> None:
    error = float((found - plain).abs().max() / plain.abs().max().clamp(min=1))
    if not error <= TOLERANCE:
        raise InputError(f"Under the rules of relevance the network gives another score (by {error:.1g}).")
