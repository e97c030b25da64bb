"""Layers of units, by name: the channels of a layer of the network ("blocks.6"), the heads of attention in a
block ("blocks.6 heads"), and the classifier's logits ("output").

Heads are units here and nowhere else: a layer of heads is none of `ModelHandle.layers`, since no gradient of
it is an activation's. What a head is, `network.attention_heads` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn

from ..network.attention_heads import SUFFIX, HeadLayer, find_head_layers, head_maps
from ..network.capture import capture
from ..network.handle import ModelHandle
from ..types import InputError, LayerSpec

OUTPUT = "output"
UnitLayer = LayerSpec | HeadLayer


def head_layers(handle: ModelHandle) -> tuple[HeadLayer, ...]:
    """The heads of each block with attention, in the order of the network: "blocks.0 heads" and so on.

    The network runs when this is first asked. Raises InputError where its attention cannot be read."""
    if handle.traits is not None and "attention" not in handle.traits:
        raise InputError(f"{handle.key} computes no attention between tokens, so it has no heads.")
    if handle.ledger.heads is None:
        with handle.session() as net, torch.inference_mode(False):
            try:
                handle.ledger.heads = find_head_layers(net, handle.blank(), handle.layers)
            except InputError as error:
                handle.ledger.heads = str(error)
    if isinstance(handle.ledger.heads, str):
        raise InputError(handle.ledger.heads)
    return handle.ledger.heads


def is_heads(key: str | None) -> bool:
    """Whether a key names heads of attention."""
    return key is not None and key.endswith(SUFFIX)


def block_of(key: str) -> str:
    """The block whose heads a key names; other keys as they are."""
    return key.removesuffix(SUFFIX)


def unit_layer(handle: ModelHandle, key: str | None) -> UnitLayer:
    """The layer of that key, of channels or of heads; None is the last suggested layer of channels. Raises
    InputError for any other."""
    if key is not None and is_heads(key):
        found = head_layers(handle)
        for layer in found:
            if key in (layer.key, layer.key.replace(".", "_")):
                return layer
        raise InputError(f"{handle.key} has no {key!r}; its heads are {_listed(found)}.")
    try:
        return handle.layer(key)
    except InputError as error:
        if handle.traits is None or "attention" not in handle.traits:
            raise
        try:
            listed = _listed(head_layers(handle))
        except InputError:
            raise error from None
        raise InputError(f"{str(error).removesuffix('.')}; its heads are {listed}.") from None


def _listed(found: Sequence[HeadLayer]) -> str:
    first, last = found[0].key, found[-1].key
    return repr(first) if len(found) == 1 else f"{first!r} to {last!r}"


def checked_layers(handle: ModelHandle, layers: Sequence[str] | None) -> tuple[str, ...]:
    """Keys of layers of units as they are written here, each once; None is the last three suggested ones."""
    if isinstance(layers, str):
        raise InputError(f"layers is {layers!r}; a list of layer keys is accepted.")
    if layers is None:
        found = [layer.key for layer in handle.layers if layer.suggested][-3:]
        return tuple(found) or (OUTPUT,)
    found = [OUTPUT if key == OUTPUT else unit_layer(handle, key).key for key in layers]
    if not found:
        raise InputError('layers is empty; give layer keys, or "output".')
    return tuple(dict.fromkeys(found))


def checked_units(handle: ModelHandle, layer: str | None, units: Sequence[int]) -> tuple[int, ...]:
    """Unit numbers, each once, in order. Raises InputError for one that the layer does not have."""
    chosen = unit_layer(handle, layer)
    kind = "heads" if isinstance(chosen, HeadLayer) else "units"
    for unit in units:
        whole = isinstance(unit, (int, np.integer)) and not isinstance(unit, bool)
        if not whole or not 0 <= unit < chosen.channels:
            raise InputError(
                f"unit is {unit!r}; {block_of(chosen.key)} has {kind} from 0 to {chosen.channels - 1}."
            )
    return tuple(sorted({int(unit) for unit in units}))


def units(handle: ModelHandle, layer: str) -> int:
    """How many units a layer has."""
    return len(handle.labels) if layer == OUTPUT else unit_layer(handle, layer).channels


def activations(
    handle: ModelHandle, net: nn.Module, x: torch.Tensor, layers: Sequence[UnitLayer]
) -> tuple[torch.Tensor, Mapping[str, torch.Tensor]]:
    """Logits (N, K), and the activation (N, units, h, w) of each layer by its key, for `x` (N, 3, H, W); only
    inside a session, whose network is `net`. One forward pass serves all layers."""
    heads = [layer for layer in layers if isinstance(layer, HeadLayer)]
    channels = [layer for layer in layers if isinstance(layer, LayerSpec)]
    if not heads:
        found = handle.capture(x, channels)
        return found.logits, found.activations
    with head_maps(net, heads) as maps:
        found = capture(net, x, channels)
    handle.ledger.count(len(x))
    return found.logits, found.activations | maps
