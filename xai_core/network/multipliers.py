"""The multipliers of DeepLIFT at the input, by the rules of `reference_rules`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from .reference_rules import ReferenceRules


def contributions(
    net: nn.Module, x: torch.Tensor, baseline: torch.Tensor, score: Callable[[torch.Tensor], torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """What each value of the inputs adds to the difference of the scores: A (N, 3, H, W) and s(x) - s(b)
    (N,), with sum A = s(x) - s(b). Inputs and baselines are (N, 3, H, W). Two forward passes and one backward
    pass."""
    rules = ReferenceRules()
    with torch.enable_grad():
        with rules:
            before = score(net(baseline.detach().clone().requires_grad_())).detach()
        rules.replay()
        leaf = x.detach().clone().requires_grad_()
        with rules:  # the score too, which need not be linear in what the network returns
            scores = score(net(leaf))
        if not scores.requires_grad:
            return torch.zeros_like(x), scores.detach() - before
        (found,) = torch.autograd.grad(scores.sum(), leaf)
    return found * (x - baseline), scores.detach() - before
