"""Composites: which rule of `linear_rules` each layer of a network gets, applied while the network runs.

Convolutions, fully connected layers and the layer that sees the picture each have a rule; everything else has
those of `relevance_rules`: sums (of a ResNet, for instance) and mean pooling give each summand its share, max
pooling gives all to the largest, activations pass relevance on. Gates (a sigmoid that multiplies) are
constants, so that all relevance goes to what they multiply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..types import InputError
from .functions import dependent, name_of
from .linear_rules import Layer, Rule
from .relevance_rules import RelevanceRules

_LAYERS = {"conv1d": 3, "conv2d": 3, "linear": 3}  # how many arguments are input, weight and bias
_GATES = {"sigmoid", "hardsigmoid"}
First = Callable[[Layer, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Composite:
    """The rules of convolutions, of fully connected layers, of the layer that sees the picture (None: as any
    other) and of the last layer (None: as any other)."""

    convolution: Rule
    linear: Rule
    first: First | None = None
    last: Rule | None = None
    positive_sums: bool = False  # only positive summands get a share


class CompositeRules(RelevanceRules):
    """While it is entered, gradients are those of the composite. `count` is how many linear layers there are
    in all, if it is known; `called` how many were called."""

    def __init__(self, composite: Composite, count: int | None = None):
        super().__init__(through_attention=True)
        self._composite, self._count = composite, count
        self.called = 0
        self.seen: Layer | None = None  # the first layer, if it has a rule of its own
        self.left: torch.Tensor | None = None  # what the network is given instead of its output

    def other(self, func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Any other function call, by its rule."""
        name = name_of(func)
        if name in _GATES:
            return func(*args, **kwargs).detach()
        if name in _LAYERS and dependent(args[0]):
            return self._linear(name, func, args, kwargs)
        if self._composite.positive_sums and name in ("add", "iadd") and sum(map(dependent, args)) == 2:
            return _positive_sum(*args)
        return super().other(func, args, kwargs)

    def _linear(self, name: str, func: Callable, args: tuple, kwargs: dict[str, Any]) -> torch.Tensor:
        x, weight = args[0], args[1] if len(args) > 1 else kwargs.pop("weight")
        bias = args[2] if len(args) > 2 else kwargs.pop("bias", None)
        rest = args[3:]
        layer = Layer(lambda v, w, b: func(v, w, b, *rest, **kwargs), x, weight, bias)
        y = layer.output()
        self.called += 1
        if self.called == 1 and self._composite.first is not None:
            self.seen, self.left = layer, y.detach().requires_grad_()
            return self.left.clone()
        rule = self._composite.linear if name == "linear" else self._composite.convolution
        if self._composite.last is not None and self.called == self._count:
            rule = self._composite.last
        share = rule(layer, y)
        return y + (share - share.detach())


def _positive_sum(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """a + b, where relevance goes to the positive ones of the two."""
    y = a.detach() + b.detach()
    carrier = a * (a > 0) + b * (b > 0)
    total = carrier.detach()
    share = carrier * torch.where(total > 0, y / torch.where(total > 0, total, 1.0), 0.0)
    return y + (share - share.detach())


def picture_relevance(
    net: nn.Module,
    x: torch.Tensor,
    score: Callable[[torch.Tensor], torch.Tensor],
    composite: Composite,
    bounds: tuple[torch.Tensor, torch.Tensor],
) -> torch.Tensor:
    """Relevance of each value of the pictures: (N, 3, H, W) -> (N, 3, H, W), which adds up to the scores less
    what the biases hold. `bounds` are the smallest and the largest value of a pixel, (1, 3, 1, 1) each.

    One forward and one backward pass. Raises InputError for a function that no rule covers, and where the
    picture reaches the score by another way than the first layer, if that has a rule of its own."""
    inputs = x.detach().clone().requires_grad_()
    rules = CompositeRules(composite)
    with torch.enable_grad():
        with rules:
            logits = net(inputs)
        total = score(logits).sum()
        if not total.requires_grad:
            return torch.zeros_like(x)
        if rules.left is None or rules.seen is None:
            (found,) = torch.autograd.grad(total, inputs)
            return found * x
        found, around = torch.autograd.grad(total, [rules.left, inputs], allow_unused=True)
        if around is not None:
            raise InputError(
                "The picture reaches the score around the first layer, for which LRP has a rule."
            )
        assert composite.first is not None
        relevance = composite.first(rules.seen, rules.left.detach() * found, *bounds)
        return _through(rules.seen.x, inputs, relevance)


def _through(seen: torch.Tensor, inputs: torch.Tensor, relevance: torch.Tensor) -> torch.Tensor:
    """From relevance of what the first layer sees to relevance of the picture, of which each value went to
    one place at most: padded, say, or scaled."""
    if seen is inputs:
        return relevance
    (moved,) = torch.autograd.grad(seen, inputs, relevance, retain_graph=True)
    (scale,) = torch.autograd.grad(seen, inputs, torch.ones_like(relevance))
    return torch.where(scale == 0, 0.0, moved / torch.where(scale == 0, 1.0, scale))
