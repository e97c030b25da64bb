"""What excitation backpropagation and its contrastive form share: the run and its cautions."""

from __future__ import annotations

import torch
from torch import nn

from ..network.capture import channels_first
from ..network.composite_rules import Composite, CompositeRules
from ..network.linear_rules import contrastive, excitation
from ..network.observe import hooked
from ..network.scores import Score
from ..types import LayerSpec

CAUTIONS = {"attention": "In attention, which the paper does not know, the rules are those of AttnLRP."}
_PLAIN = Composite(excitation, excitation, positive_sums=True)
_CONTRASTIVE = Composite(excitation, excitation, last=contrastive, positive_sums=True)


def winning(
    net: nn.Module, x: torch.Tensor, score: Score, layer: LayerSpec, contrast: bool = False
) -> torch.Tensor:
    """Marginal winning probabilities (N, h, w) of the places of `layer`, summed over its channels, for inputs
    (N, 3, H, W); with `contrast`, less those under negated weights of the last layer. One forward and one
    backward pass, and with `contrast` a forward pass in front to find the last layer."""
    count = _layers(net, x) if contrast else None
    rules = CompositeRules(_CONTRASTIVE if contrast else _PLAIN, count)
    kept: list[torch.Tensor] = []

    def begin(_module: nn.Module, _inputs: tuple, output: torch.Tensor) -> torch.Tensor:
        kept.append(output.detach().requires_grad_())
        return kept[-1].clone()

    inputs = x.detach().clone().requires_grad_()
    with hooked(net, {layer.key: begin}), torch.enable_grad(), rules:
        logits = net(inputs)
    with torch.enable_grad():
        scores = score(logits)
    (found,) = torch.autograd.grad(scores.sum(), kept[-1], allow_unused=True)
    if found is None:
        return torch.zeros_like(channels_first(kept[-1], layer)[:, 0])
    relevance = channels_first(found * kept[-1].detach(), layer).sum(1)
    return relevance / scores.detach().view(-1, 1, 1)


def _layers(net: nn.Module, x: torch.Tensor) -> int:
    """How many linear layers are called between the picture and the score."""
    rules = CompositeRules(_PLAIN)
    with torch.enable_grad(), rules:
        net(x.detach().clone().requires_grad_())
    return rules.called
