"""The spatial layers of any network, found by running it once.

Every module whose output is 4-D is a layer. To mark the last layer of each stage, the network is read as a
sequence of units: a module is one unit if it halves the resolution at most once, and is opened into its
children if it does more. A stage is a run of units of equal output size; its last layer is its last unit that
contains a convolution of its own kind (a block), else the last unit that is no pooling."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import torch
from torch import nn

from ..network.observe import observe
from ..types import LayerSpec

_POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


@dataclass
class _Seen:
    key: str
    module: nn.Module
    size_in: tuple[int, int] | None
    layer: LayerSpec


def find_layers(net: nn.Module, x: torch.Tensor) -> tuple[LayerSpec, ...]:
    """LayerSpecs in the order in which the modules finish, for an input `x` (1, 3, H, W)."""
    seen = _run(net, x)
    ends = {unit.key for stage in _stages(_units(net, "", seen)) for unit in [_stage_end(stage)] if unit}
    layers = []
    for key, entry in seen.items():
        spec = entry.layer
        marked = LayerSpec(
            spec.key, spec.kind, spec.channels, spec.size, spec.stride, key in ends, spec.channels_last
        )
        layers.append(marked)
    return tuple(layers)


def _run(net: nn.Module, x: torch.Tensor) -> dict[str, _Seen]:
    seen: dict[str, _Seen] = {}

    def note(key: str, module: nn.Module, inputs: tuple, output: object) -> None:
        seen.pop(key, None)
        if isinstance(output, torch.Tensor) and output.ndim == 4 and key:
            layer = _layer(key, module, output, x)
            given = inputs[0] if inputs and isinstance(inputs[0], torch.Tensor) else None
            size_in = _size(given, x)[0] if given is not None and given.ndim == 4 else None
            seen[key] = _Seen(key, module, size_in, layer)

    observe(net, x, dict(net.named_modules()), leave=note)
    return seen


def _size(values: torch.Tensor, x: torch.Tensor) -> tuple[tuple[int, int], int, bool]:
    """((h, w), channels, channels_last). The input's shape tells the order: for square inputs (N, a, a, C)
    with C != a is channels-last, for others what has their h : w only when it is read so.
    """
    _, first, second, third = values.shape
    height, width = x.shape[2:]
    if height == width:
        last = first == second != third
    else:
        as_first, as_last = (
            abs(log(h * width / (w * height))) for h, w in ((second, third), (first, second))
        )
        last = as_first > log(1 + 2 / min(second, third)) and as_last < as_first  # two pixels are padding
    if last:
        return (first, second), third, True
    return (second, third), first, False


def _layer(key: str, module: nn.Module, output: torch.Tensor, x: torch.Tensor) -> LayerSpec:
    size, channels, last = _size(output, x)
    return LayerSpec(key, type(module).__name__, channels, size, x.shape[2] / size[0], channels_last=last)


def _units(net: nn.Module, prefix: str, seen: dict[str, _Seen]) -> list[_Seen]:
    """The network, or one of its modules, as a sequence of units in the order in which they finish."""
    children = _called_children(net, prefix, seen)
    units: list[_Seen] = []
    for key in [key for key in seen if key in children]:
        entry = seen[key]
        halvings = entry.size_in[0] / entry.layer.size[0] if entry.size_in else float("inf")
        opened = _units(entry.module, f"{key}.", seen) if halvings > 2.5 else []
        units += opened or [entry]
    return units


def _called_children(net: nn.Module, prefix: str, seen: dict[str, _Seen]) -> set[str]:
    """Keys of the child modules, looking through containers that are iterated over and never called."""
    keys: set[str] = set()
    for name, child in net.named_children():
        key = f"{prefix}{name}"
        # DenseNet's blocks are ModuleDicts with a forward of their own, so the class alone does not tell
        container = isinstance(child, (nn.ModuleList, nn.ModuleDict)) and key not in seen
        keys |= _called_children(child, f"{key}.", seen) if container else {key}
    return keys


def _stages(units: list[_Seen]) -> list[list[_Seen]]:
    """Runs of units with the same spatial output; maps of 1 x 1 are no stage."""
    stages: list[list[_Seen]] = []
    for unit in units:
        if unit.layer.size == (1, 1):
            continue
        if stages and stages[-1][-1].layer.size == unit.layer.size:
            stages[-1].append(unit)
        else:
            stages.append([unit])
    return stages


def _stage_end(stage: list[_Seen]) -> _Seen | None:
    def block(unit: _Seen) -> bool:
        return any(isinstance(m, nn.Conv2d) for m in unit.module.modules()) and any(unit.module.children())

    blocks = [unit for unit in stage if block(unit)]
    plain = [unit for unit in stage if not isinstance(unit.module, _POOLS)]
    candidates = blocks or plain
    return candidates[-1] if candidates else None
