"""At which token layers the patches still reach the answer, measured by one backward pass.

A classifier that reads only the class token cuts the patches off somewhere in the last block. A layer is
reached if the gradient of a random combination of all logits with respect to its patch tokens is not zero:

    d (sum_t r_t logit_t) / d A  !=  0

Where the classifier's weights are all zero, no logit depends on anything, and the classifier's input takes
the place of the logits."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import nn

from ..network.capture import capture
from ..network.head import class_layers
from ..network.observe import hooked
from ..types import LayerSpec


def unreached(
    net: nn.Module, x: torch.Tensor, layers: Sequence[LayerSpec], blocks: Sequence[str]
) -> set[str]:
    """Keys of the token layers of `layers` (in the order in which they finish) at which no patch reaches the
    answer. `blocks` are the keys of the transformer's blocks: the last one is looked at first, since what is
    in front of a layer that is reached is reached as well."""
    if not layers:
        return set()
    last = f"{blocks[-1]}." if blocks else ""
    start = next((n for n, layer in enumerate(layers) if layer.key.startswith(last)), 0)
    found = _measured(net, x, layers[start:], ())
    if len(found) == len(layers) - start:
        found = _measured(net, x, layers, ())
    if len(found) == len(layers):
        heads = class_layers(net, x)
        found = _measured(net, x, layers, heads) if heads else found
    return found


def _measured(
    net: nn.Module, x: torch.Tensor, layers: Sequence[LayerSpec], heads: Collection[str]
) -> set[str]:
    """Keys of the layers without a gradient of the logits, or of what the modules `heads` are given."""
    read: list[torch.Tensor] = []

    def note(_module: nn.Module, inputs: tuple) -> None:
        read.append(inputs[0])

    with hooked(net, {}, dict.fromkeys(heads, note)):
        found = capture(net, x, layers, {layer.key for layer in layers}, strict=False)
    generator = torch.Generator().manual_seed(0)

    def score(logits: torch.Tensor) -> torch.Tensor:
        values = torch.cat([value.flatten() for value in (read or [logits])]).double()
        weights = torch.randn(values.shape, generator=generator, dtype=torch.float64)
        return values @ weights.to(values.device)

    gradients = found.gradients(score)
    return {key for key, gradient in gradients.items() if not gradient.any()}
