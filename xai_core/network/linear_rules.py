"""Rules of layer-wise relevance propagation (LRP) for one linear layer y = W x + b, convolutions included.

A rule says which share of R_out = y g_out each input gets. In the form R = x * g of `relevance_rules` it is a
factor of the gradient, and nothing is divided by x. With x = x+ + x-, W = W+ + W- (positive and negative
parts) and z' = z + 1e-6 sign(z) against division by zero:

    epsilon       g = W^T (y g_out / y')
    z_plus        z = W+ x+ + W- x- + b+;  g = W+^T (y g_out / z') where x > 0, W-^T (y g_out / z') elsewhere
    alpha2_beta1  twice z_plus, less the same with W- x+ + W+ x- + b- as z
    gamma         W + W+/4 for x+, W + W-/4 for x- and b + b+/4 where y > 0; the opposite parts where y < 0
    excitation    z_plus without the bias, from x+ alone

For the layer that sees the picture there are rules for R itself, since a pixel's value may be zero:

    flat          every input of an output gets the same share
    z_box         z = W x + b - (W+ l + b+) - (W- h + b-);  R = (x W^T - l W+^T - h W-^T) (R_out / z'), where
                  l and h are the smallest and the largest value that a pixel can have

Bach et al., On pixel-wise explanations by layer-wise relevance propagation, PLOS ONE 2015 (epsilon,
alpha-beta); Montavon et al., Explaining nonlinear classification decisions with deep Taylor decomposition,
Pattern Recognition 2017 (z-plus, z-box); Montavon et al., Layer-Wise Relevance Propagation: An Overview, 2019
(gamma); Lapuschkin et al., Unmasking Clever Hans predictors, Nature Communications 2019 (flat); Zhang et al.,
Top-down Neural Attention by Excitation Backprop, ECCV 2016 (excitation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

STABILIZER = 1e-6
GAMMA = 0.25

Apply = Callable[[torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor]  # (x, W, b) -> W x + b


@dataclass(frozen=True)
class Layer:
    """A linear layer that was called: y = apply(x, weight, bias)."""

    apply: Apply
    x: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor | None

    def output(self) -> torch.Tensor:
        with torch.no_grad():
            return self.apply(self.x.detach(), self.weight, self.bias)

    def parts(self, over: torch.Tensor, under: torch.Tensor, bias: torch.Tensor | None) -> _Parts:
        """`over` x+ + `under` x- + bias, and the same with its gradient and without the bias."""
        x = self.x
        found = self.apply(x * (x > 0), over, None)
        if bool((x < 0).any()):  # behind a ReLU there is none
            found = found + self.apply(x * (x < 0), under, None)
        z = found.detach()
        if bias is not None:
            z = z + bias.view(-1, *[1] * (z.ndim - 2)) if self.weight.ndim > 2 else z + bias
        return _Parts(found, z)


@dataclass(frozen=True)
class _Parts:
    carrier: torch.Tensor
    z: torch.Tensor

    def share(self, y: torch.Tensor) -> torch.Tensor:
        """A tensor whose gradient is that of the carrier times y / z'."""
        return self.carrier * (y / stabilized(self.z))


Rule = Callable[[Layer, torch.Tensor], torch.Tensor]  # (layer, y) -> a tensor whose gradient is the rule's


def epsilon(layer: Layer, y: torch.Tensor) -> torch.Tensor:
    return layer.apply(layer.x, layer.weight, None) * (y / stabilized(y))


def z_plus(layer: Layer, y: torch.Tensor) -> torch.Tensor:
    w = layer.weight
    return layer.parts(w.clamp(min=0), w.clamp(max=0), _part(layer.bias, 1)).share(y)


def alpha2_beta1(layer: Layer, y: torch.Tensor) -> torch.Tensor:
    w, b = layer.weight, layer.bias
    against = layer.parts(w.clamp(max=0), w.clamp(min=0), _part(b, -1))
    return 2 * z_plus(layer, y) - against.share(y)


def gamma(layer: Layer, y: torch.Tensor) -> torch.Tensor:
    w, b = layer.weight, layer.bias
    more, less = w + GAMMA * w.clamp(min=0), w + GAMMA * w.clamp(max=0)
    up = None if b is None else b + GAMMA * b.clamp(min=0)
    down = None if b is None else b + GAMMA * b.clamp(max=0)
    positive, negative = layer.parts(more, less, up), layer.parts(less, more, down)
    return positive.share(y) * (y > 0) + negative.share(y) * (y < 0)


def excitation(layer: Layer, y: torch.Tensor) -> torch.Tensor:
    return _excited(layer, layer.weight.clamp(min=0), y)


def contrastive(layer: Layer, y: torch.Tensor) -> torch.Tensor:
    """Excitation, less that of the same layer with -W."""
    return excitation(layer, y) - _excited(layer, (-layer.weight).clamp(min=0), y)


def _excited(layer: Layer, weight: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    carrier = layer.apply(layer.x * (layer.x > 0), weight, None)
    total = carrier.detach()  # never negative: where it is zero, nothing excites
    return carrier * torch.where(total > 0, y / torch.where(total > 0, total, 1.0), 0.0)


def flat(layer: Layer, relevance: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """R (like x) from R_out."""
    with torch.enable_grad():
        ones = torch.ones_like(layer.x).requires_grad_()
        z = layer.apply(ones, torch.ones_like(layer.weight), None)
        (found,) = torch.autograd.grad(z, ones, relevance / stabilized(z.detach()))
    return found


def z_box(layer: Layer, relevance: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """R (like x) from R_out; `low` and `high` (1, C, 1, 1) are the bounds of the pixels."""
    w, b = layer.weight, layer.bias
    inputs = [value.detach().expand_as(layer.x).clone().requires_grad_() for value in (layer.x, low, high)]
    with torch.enable_grad():
        z = layer.apply(inputs[0], w, b)
        z = z - layer.apply(inputs[1], w.clamp(min=0), _part(b, 1))
        z = z - layer.apply(inputs[2], w.clamp(max=0), _part(b, -1))
        found = torch.autograd.grad(z, inputs, relevance / stabilized(z.detach()))
    return torch.stack([value.detach() * one for value, one in zip(inputs, found, strict=True)]).sum(0)


def stabilized(z: torch.Tensor) -> torch.Tensor:
    """z' = z + 1e-6 sign(z), with the sign of zero positive."""
    return z + torch.where(z >= 0, STABILIZER, -STABILIZER)


def _part(values: torch.Tensor | None, sign: int) -> torch.Tensor | None:
    """The positive or the negative part."""
    if values is None:
        return None
    return values.clamp(min=0) if sign > 0 else values.clamp(max=0)
