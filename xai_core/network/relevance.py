"""Relevance of the patch embeddings of a transformer, by the rules of `relevance_rules`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from ..types import InputError
from .attention_core import ExplicitAttention
from .observe import hooked
from .relevance_rules import RelevanceRules

TOLERANCE = 1e-4


def patch_relevance(
    net: nn.Module, x: torch.Tensor, score: Callable[[torch.Tensor], torch.Tensor], through_attention: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Relevance (N, h, w) of the patches of `x` (N, 3, H, W), summed over the channels of the patch embedding
    (the last convolution in front of the first attention), and the scores (N,).

    One forward and one backward pass. Raises InputError for a function that no rule covers, and where the
    picture reaches the score by another way than the patch embedding."""
    key = _embedding(net, x[:1])
    kept: list[torch.Tensor] = []

    def begin(_module: nn.Module, _inputs: tuple, output: torch.Tensor) -> torch.Tensor:
        kept.append(output.detach().requires_grad_())
        return kept[0]

    inputs = x.detach().clone().requires_grad_()
    with torch.no_grad():
        plain = score(net(x))
    with hooked(net, {key: begin}), torch.enable_grad(), RelevanceRules(through_attention):
        logits = net(inputs)
    with torch.enable_grad():
        scores = score(logits)
    _check(scores.detach(), plain)
    if not scores.requires_grad:
        return torch.zeros_like(kept[0]).sum(1), plain
    found, around = torch.autograd.grad(scores.sum(), [kept[0], inputs], allow_unused=True)
    if around is not None:
        raise InputError(f"The picture reaches the score around {key!r}, so its patches have no relevance.")
    if found is None:
        return torch.zeros_like(kept[0]).sum(1), plain
    return (found * kept[0]).sum(1).detach(), plain


def _embedding(net: nn.Module, x: torch.Tensor) -> str:
    """The last convolution that ends before the first attention weights meet their values."""
    seen: list[str] = []
    attended: list[bool] = []

    def product(weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        attended.append(True)
        return weights @ values

    def note(key: str) -> Callable:
        def hook(_module: nn.Module, _inputs: tuple, _output: object) -> None:
            if not attended:
                seen.append(key)

        return hook

    convolutions = [key for key, module in net.named_modules() if isinstance(module, nn.Conv2d)]
    with hooked(net, {key: note(key) for key in convolutions}), ExplicitAttention(product), torch.no_grad():
        net(x)
    if not attended:
        raise InputError("This network computes no attention between tokens that can be read.")
    if not seen:
        raise InputError(
            "This network has no convolution in front of its attention, so no patches to look at."
        )
    if seen.count(seen[-1]) > 1:
        raise InputError(f"{seen[-1]!r} runs more than once in a pass, so its patches are not one map.")
    return seen[-1]


def _check(found: torch.Tensor, plain: torch.Tensor) -> None:
    error = float((found - plain).abs().max() / plain.abs().max().clamp(min=1))
    if not error <= TOLERANCE:
        raise InputError(f"Under the rules of relevance the network gives another score (by {error:.1g}).")
