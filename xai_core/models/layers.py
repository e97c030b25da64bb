"""The spatial layers of any network, found by running it once.

A layer is a module that returns a map for each picture: (N, C, h, w) or (N, h, w, C) with the aspect ratio of
the input, or the tokens (N, T, C) of a grid of patches (`tokens` says how they are read). `stages` says which
of them are suggested. No layers are:

- modules that see another batch than the input's (the windows of Swin), and what is inside such modules;
- 4-D outputs inside a module that takes tokens (heads x tokens x features), attention matrices, and what is
  computed from constants of the network (relative positions)."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from math import log

import torch
from torch import nn

from ..network.observe import observe
from ..types import LayerSpec
from .reached import unreached
from .stages import Seen, read_stages, shown_blocks, stream
from .tokens import Reading, Size, read_tokens
from .traits import AttentionSeen, traits


@dataclass(frozen=True)
class _Call:
    """The last call of a module: the shapes of its first input and of its output (None: no tensor), whether
    that input is a parameter or a buffer, and whether the output is the very tensor that was given or that
    the module finished before returned."""

    module: nn.Module
    given: torch.Size | None
    returned: torch.Size | None
    constant: bool
    passed_on: bool


@dataclass(frozen=True)
class Layers:
    """The layers of a network in the order in which they finish; `refused` has a sentence for each module
    that returns tokens which cannot be read; `traits` is what the network is made of."""

    layers: tuple[LayerSpec, ...]
    refused: dict[str, str]
    traits: frozenset[str]


def find_layers(net: nn.Module, x: torch.Tensor) -> tuple[LayerSpec, ...]:
    """LayerSpecs in the order in which the modules finish, for an input `x` (1, 3, H, W)."""
    return read_layers(net, x).layers


def read_layers(net: nn.Module, x: torch.Tensor) -> Layers:
    """`find_layers`, why other modules are none, and what the network is made of."""
    with AttentionSeen() as attention:
        calls = _calls(net, x)
    seen, refused = _seen(net, calls, x)
    found = read_stages(net, seen)
    unread = unreached(net, x, [seen[key].layer for key in found.tokens], found.blocks)
    passed_on = {key for key, call in calls.items() if call.passed_on}
    live = [key for key in stream(found, seen, passed_on) if key not in unread]
    blocks = [key for key in shown_blocks([seen[key].layer for key in found.blocks]) if key not in unread]
    suggested = {*found.ends, *blocks, *live[-1:]}
    layers = tuple(
        dataclasses.replace(entry.layer, suggested=key in suggested, reached=key not in unread)
        for key, entry in seen.items()
    )
    return Layers(layers, refused, traits(net, layers, attention.any))


def _calls(net: nn.Module, x: torch.Tensor) -> dict[str, _Call]:
    """The last call of every module, in the order in which they finish."""
    calls: dict[str, _Call] = {}
    own = {tensor.data_ptr() for tensor in (*net.parameters(), *net.buffers())}
    before: list[object] = [None]

    def note(key: str, module: nn.Module, inputs: tuple, output: object) -> None:
        calls.pop(key, None)
        first = next((value for value in inputs if isinstance(value, torch.Tensor)), None)
        given = None if first is None else first.shape
        returned = output.shape if isinstance(output, torch.Tensor) else None
        constant = first is not None and first.numel() > 0 and first.data_ptr() in own
        calls[key] = _Call(module, given, returned, constant, output is before[0] or output is first)
        before[0] = output

    observe(net, x, dict(net.named_modules()), leave=note)
    return calls


def _seen(net: nn.Module, calls: dict[str, _Call], x: torch.Tensor) -> tuple[dict[str, Seen], dict[str, str]]:
    batch, size = len(x), (x.shape[2], x.shape[3])
    inside = _Surroundings(calls, batch)
    found: dict[str, Seen] = {}
    for key, call in calls.items():
        layer = None
        if key and call.returned is not None and call.returned[0] == batch and not inside.windows(key):
            layer = _picture(key, call, size, inside) if len(call.returned) == 4 else None
        if layer is not None:
            size_in = _size(call.given, size)[0] if call.given is not None and len(call.given) == 4 else None
            found[key] = Seen(key, call.module, size_in, layer)
    tokens = {
        key: call.returned[1]
        for key, call in calls.items()
        if key and call.returned is not None and len(call.returned) == 3 and call.returned[0] == batch
        if not inside.windows(key) and not inside.constants(key)
    }
    read, refused = read_tokens(net, size, {entry.layer.size for entry in found.values()}, tokens)
    for key, reading in read.items():
        found[key] = Seen(key, calls[key].module, None, _tokens(key, calls[key], reading, size))
    return {key: found[key] for key in calls if key in found}, refused


class _Surroundings:
    """What is around a module: the modules that take tokens, windows or constants, by path."""

    def __init__(self, calls: dict[str, _Call], batch: int):
        self._calls = calls
        blocks = {key: call for key, call in calls.items() if any(call.module.children())}
        self._windowed = {key for key, call in blocks.items() if _windowed(call, batch)}
        # where one window is the whole map, the batch does not show that a block takes windows
        kinds = {type(calls[key].module) for key in self._windowed} - {nn.Sequential}
        self._windowed |= {key for key, call in blocks.items() if type(call.module) in kinds}
        self._tokens = {key for key, call in calls.items() if call.given is not None and len(call.given) == 3}
        self._constants = {key for key, call in calls.items() if call.constant}

    def windows(self, key: str) -> bool:
        return self._within(key, self._windowed)

    def tokens(self, key: str) -> bool:
        return self._within(key, self._tokens)

    def constants(self, key: str) -> bool:
        return self._within(key, self._constants)

    def places(self, key: str, size: Size) -> int:
        """How many places the map has that the next module around this one was given; 0 for none."""
        while "." in key:
            key = key.rpartition(".")[0]
            given = self._calls[key].given if key in self._calls else None
            if given is not None and len(given) == 4:
                h, w = _size(given, size)[0]
                return h * w if min(h, w) > 1 else 0
        return 0

    @staticmethod
    def _within(key: str, keys: Collection[str]) -> bool:
        parts = key.split(".")
        return any(".".join(parts[:end]) in keys for end in range(1, len(parts) + 1))


def _windowed(call: _Call, batch: int) -> bool:
    """Whether a block was given several windows of each picture as a batch."""
    given = call.given
    return given is not None and len(given) in (3, 4) and given[0] > batch


def _picture(key: str, call: _Call, size: Size, inside: _Surroundings) -> LayerSpec | None:
    """The layer of a 4-D output, or None if it is no picture."""
    assert call.returned is not None
    (h, w), channels, last = _size(call.returned, size)
    if inside.tokens(key) or inside.constants(key) or not _has_aspect((h, w), size):
        return None
    if inside.places(key, size) in (h, w):  # queries, keys or attention over all places
        return None
    return LayerSpec(key, type(call.module).__name__, channels, (h, w), size[0] / h, channels_last=last)


def _tokens(key: str, call: _Call, reading: Reading, size: Size) -> LayerSpec:
    """The layer of a module that returns tokens."""
    assert call.returned is not None
    kind, (h, w) = type(call.module).__name__, reading.size
    return LayerSpec(key, kind, call.returned[2], (h, w), size[0] / h, prefix=reading.prefix)


def _aspect_error(map_size: Size, size: Size) -> float:
    """How far the aspect ratio of a map is from that of the input, as an absolute logarithm."""
    (h, w), (height, width) = map_size, size
    return abs(log(h * width / (w * height)))


def _has_aspect(map_size: Size, size: Size) -> bool:
    """Whether a map has the input's aspect ratio; two pixels more or less are padding."""
    return map_size == (1, 1) or _aspect_error(map_size, size) <= log(1 + 2 / min(map_size))


def _size(shape: torch.Size, size: Size) -> tuple[Size, int, bool]:
    """((h, w), channels, channels_last). The input's size tells the order: for square inputs (N, a, a, C)
    with C != a is channels-last, for others what has their h : w only when it is read so.
    """
    _, first, second, third = shape
    if size[0] == size[1]:
        last = first == second != third
    else:
        as_first, as_last = (_aspect_error(found, size) for found in ((second, third), (first, second)))
        last = as_first > log(1 + 2 / min(second, third)) and as_last < as_first
    if last:
        return (first, second), third, True
    return (second, third), first, False
