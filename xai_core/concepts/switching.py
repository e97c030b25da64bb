"""Units set to zero: for the length of a block, or for good in a copy of the network.

A channel is set to zero in its layer's output, in the tokens in front of the patches too. A head adds nothing
to any token: O_k = A_k V_k = 0 in front of the output projection."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

import torch
from torch import nn

from ..network.attention_heads import HeadLayer, HeadsOff, heads_off
from ..network.observe import hooked
from ..types import LayerSpec
from .layers import UnitLayer


def switched_off(
    net: nn.Module, layer: UnitLayer, units: Sequence[tuple[int, ...]]
) -> AbstractContextManager[None]:
    """While the block lasts, `net` computes without the units `units[n]` of the layer in picture n of a
    batch."""
    if isinstance(layer, HeadLayer):
        return heads_off(net, layer, units)
    return hooked(net, {layer.key: _Off(layer, *units)})


def switch_off(net: nn.Module, layer: UnitLayer, units: tuple[int, ...]) -> None:
    """Make `net` compute without these units from now on, in every picture."""
    if isinstance(layer, HeadLayer):
        module = net.get_submodule(layer.site.key)
        module.forward = HeadsOff(module, units)
    else:
        net.get_submodule(layer.key).register_forward_hook(_Off(layer, units))


class _Off:
    """A forward hook that sets channels to zero: the same ones in every picture of a batch, or those of each
    picture, where several sets are given. A class, so that a network with it can be copied."""

    def __init__(self, layer: LayerSpec, *units: tuple[int, ...]):
        last = layer.channels_last or layer.prefix is not None  # in tokens, of those in front as well
        self.axis, self.units = (-1 if last else 1), [list(own) for own in units]

    def __call__(self, _module: nn.Module, _inputs: tuple, output: torch.Tensor) -> torch.Tensor:
        shape = [len(self.units), *[1] * (output.ndim - 1)]
        shape[self.axis] = output.shape[self.axis]
        keep = output.new_ones((len(self.units), output.shape[self.axis]))
        for row, own in enumerate(self.units):
            keep[row, own] = 0
        return output * keep.view(shape)
