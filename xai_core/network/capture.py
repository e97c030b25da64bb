"""Capture what layers return in one forward pass, and the gradients of scores with respect to it.

`capture` runs one network. `capture_together` and `capture_each` choose between a network and its folded
network. Forward hooks live only inside these functions and are gone when they return, also after an
exception."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from ..types import InputError, LayerSpec
from .folding import Folded
from .observe import hooked


@dataclass
class Capture:
    """What one forward pass of `net` computed.

    `logits` is (N, K); `activations[key]` is (N, C, h, w) for each captured layer. Layers captured with
    gradients keep the autograd graph behind them, so `gradients` can be called for any number of scores."""

    net: nn.Module
    logits: torch.Tensor
    activations: dict[str, torch.Tensor]
    _nodes: dict[str, torch.Tensor] = field(default_factory=dict)
    _specs: dict[str, LayerSpec] = field(default_factory=dict)

    def gradients(self, score: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, torch.Tensor]:
        """d score / d activation (N, C, h, w) for every layer captured with gradients; one backward pass.

        Zero for a layer on which the score does not depend."""
        keys = list(self._nodes)
        with torch.enable_grad():
            total = score(self.logits).sum()
        found = torch.autograd.grad(
            total, [self._nodes[key] for key in keys], retain_graph=True, allow_unused=True
        )
        result = {}
        for key, gradient in zip(keys, found, strict=True):
            gradient = torch.zeros_like(self._nodes[key]) if gradient is None else gradient
            result[key] = channels_first(gradient, self._specs.get(key))
        return result

    def curvature(
        self, score: Callable[[torch.Tensor], torch.Tensor], key: str
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(d score / d activation, second derivative of the score times the activation), each (N, C, h, w),
        at a layer captured with gradients. The product runs over all tokens, also those in front."""
        node = self._nodes[key]
        with torch.enable_grad():
            total = score(self.logits).sum()
            (slope,) = torch.autograd.grad(total, node, create_graph=True, allow_unused=True)
            if slope is None:
                slope = torch.zeros_like(node)
            bend = None
            if slope.requires_grad:
                (bend,) = torch.autograd.grad(
                    slope, node, grad_outputs=node.detach(), retain_graph=True, allow_unused=True
                )
        bend = torch.zeros_like(node) if bend is None else bend
        layer = self._specs.get(key)
        return channels_first(slope.detach(), layer), channels_first(bend.detach(), layer)


def channels_first(values: torch.Tensor, layer: LayerSpec | None) -> torch.Tensor:
    """(N, C, h, w) from a layer's output, which may be (N, h, w, C), or tokens (N, T, C). The tokens in front
    of the patches are left out."""
    if layer is not None and layer.prefix is not None:
        return values[:, layer.prefix :].transpose(1, 2).unflatten(2, layer.size)
    return values.movedim(-1, 1) if layer is not None and layer.channels_last else values


def as_returned(
    values: torch.Tensor, layer: LayerSpec, output: torch.Tensor, off: torch.Tensor | None = None
) -> torch.Tensor:
    """The way back: (B, C, h, w) as the layer's module would return it.

    `output` (1, T, C) is what a token layer's module returned for one picture; its tokens in front of the
    patches are taken over, with channel `off[i]` of row i set to zero."""
    if layer.prefix is not None:
        patches = values.flatten(2).transpose(1, 2)
        front = output[:, : layer.prefix].expand(len(values), -1, -1)
        if off is not None:
            front = front.clone()
            front[torch.arange(len(values)), :, off] = 0
        return torch.cat([front, patches], 1)
    return values.movedim(1, -1) if layer.channels_last else values


def capture(
    net: nn.Module,
    x: torch.Tensor,
    layers: Collection[LayerSpec | str],
    gradients: Collection[str] = (),
    strict: bool = True,
) -> Capture:
    """Run `net` on `x` (N, 3, H, W) once and keep the outputs of `layers`; `gradients` names the layers that
    keep their autograd graph.

    Nothing in front of the first layer in `gradients` is recorded for the backward pass, and no parameter
    gets a gradient. The network continues with a copy of each kept output, so an in-place activation behind a
    layer changes neither its activation nor its gradient. A layer that does not run (a head used in training
    only) raises InputError, or is left out if `strict` is False."""
    specs = {layer.key: layer for layer in layers if isinstance(layer, LayerSpec)}
    keys = [layer if isinstance(layer, str) else layer.key for layer in layers]
    kept: dict[str, torch.Tensor] = {}

    def keep(key: str) -> Callable:
        def hook(_module: nn.Module, _inputs: tuple, output: torch.Tensor) -> torch.Tensor:
            if key in gradients and not output.requires_grad:
                output = output.detach().requires_grad_()
            kept[key] = output
            return output.clone()

        return hook

    with hooked(net, {key: keep(key) for key in keys}), torch.set_grad_enabled(bool(gradients)):
        logits = net(x)
    missing = [key for key in keys if key not in kept]
    if missing and strict:
        raise InputError(f"Layer {missing[0]!r} does not run when the network classifies an image.")
    activations = {key: channels_first(value.detach(), specs.get(key)) for key, value in kept.items()}
    nodes = {key: value for key, value in kept.items() if key in gradients}
    return Capture(net, logits, activations, nodes, specs)


@dataclass(frozen=True)
class Wanted:
    """What one map needs of a capture: a chosen layer, the layers of its own (neither: the logits alone), and
    whether gradients at them."""

    layer: LayerSpec | None = None
    gradients: bool = False
    own: tuple[LayerSpec, ...] = ()

    @property
    def layers(self) -> tuple[LayerSpec, ...]:
        return self.own if self.layer is None else (self.layer, *self.own)


def in_folded(wanted: Wanted, folded: Folded) -> bool:
    """Whether the folded network is captured for it, instead of the network; the one place that decides.

    The folded network is faster, and it is captured where that gives the network's own values: for the
    logits, and for the activation of every layer that is no folded convolution. Gradients are taken there
    only if no convolution is behind the layer. Otherwise rounding inside the folded convolutions could
    switch a ReLU whose input is almost zero, and that changes the gradient by more than rounding."""
    return all(
        layer.key in folded.same and (not wanted.gradients or layer.key in folded.behind)
        for layer in wanted.layers
    )


def capture_each(net: nn.Module, folded: Folded, x: torch.Tensor, wanted: Sequence[Wanted]) -> list[Capture]:
    """For each of `wanted` the capture that serves it: one forward pass of each network that is needed.

    Which network serves one of them does not depend on the others, so no map depends on what else is
    computed with it."""
    chosen = [in_folded(one, folded) for one in wanted]
    captures: dict[bool, Capture] = {}
    for quick in set(chosen):
        group = [one for one, own in zip(wanted, chosen, strict=True) if own is quick]
        layers = {layer.key: layer for one in group for layer in one.layers}
        gradients = {layer.key for one in group if one.gradients for layer in one.layers}
        captures[quick] = _run(net, folded, x, layers.values(), gradients, quick)
    return [captures[quick] for quick in chosen]


def capture_together(
    net: nn.Module, folded: Folded, x: torch.Tensor, layers: Collection[LayerSpec], gradients: Collection[str]
) -> Capture:
    """One capture of all `layers` by one forward pass: of the folded network if it serves every one of them,
    else of the network."""
    quick = all(in_folded(Wanted(layer, layer.key in gradients), folded) for layer in layers)
    return _run(net, folded, x, layers, gradients, quick)


def _run(
    net: nn.Module,
    folded: Folded,
    x: torch.Tensor,
    layers: Collection[LayerSpec],
    gradients: Collection[str],
    quick: bool,
) -> Capture:
    if quick:
        return capture(folded.net, x.contiguous(memory_format=torch.channels_last), layers, gradients)
    return capture(net, x, layers, gradients)
