"""Which layers of a network are worth looking at first: the last one of each stage.

The network is read as a sequence of units: a module is one unit if it halves the resolution at most once, and
is opened into its children if it does more. A stage is a run of units of equal output size; its last layer is
its last unit that contains a convolution of its own kind (a block), else the last unit that is no pooling.

A transformer keeps its resolution, so its blocks (token layers of one kind in one container) stand for its
stages: every k-th of them and the last, about four, or the last of each size where the size changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from ..types import LayerSpec

_POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
BLOCKS_SHOWN = 4


@dataclass
class Seen:
    """A layer, its module, and the size (h, w) of the picture-like map that the module was given."""

    key: str
    module: nn.Module
    size_in: tuple[int, int] | None
    layer: LayerSpec


def suggested_keys(net: nn.Module, seen: dict[str, Seen]) -> set[str]:
    """Keys of the layers to look at first; `seen` holds all layers in the order in which they finish."""
    pictures = {key: entry for key, entry in seen.items() if entry.layer.prefix is None}
    blocks = [key for key in token_blocks(seen) if not any(above in pictures for above in _above(key))]
    sizes = {seen[key].layer.size for key in blocks}
    ends = [end for stage in _stages(_units(net, "", pictures)) if (end := _stage_end(stage)) is not None]
    return {end.key for end in ends if end.layer.size not in sizes} | _shown(blocks, seen)


def token_blocks(seen: dict[str, Seen]) -> list[str]:
    """Keys of the blocks of a transformer, in order: token layers of one kind in one container, and no block
    inside another block."""
    groups: dict[tuple[str, str], list[str]] = {}
    for key, entry in seen.items():
        if entry.layer.prefix is not None and any(entry.module.children()):
            groups.setdefault((key.rpartition(".")[0], entry.layer.kind), []).append(key)
    several = {key for keys in groups.values() if len(keys) > 1 for key in keys}
    return [key for key in seen if key in several and not several & set(_above(key))]


def _above(key: str) -> Iterable[str]:
    """The paths of all modules around one, innermost first."""
    while "." in key:
        key = key.rpartition(".")[0]
        yield key


def _shown(blocks: list[str], seen: dict[str, Seen]) -> set[str]:
    sizes = list(dict.fromkeys(seen[key].layer.size for key in blocks))
    if len(sizes) > 1:
        return {[key for key in blocks if seen[key].layer.size == size][-1] for size in sizes}
    step = -(-len(blocks) // BLOCKS_SHOWN) or 1
    return set(blocks[::-1][::step])


def _units(net: nn.Module, prefix: str, seen: dict[str, Seen]) -> list[Seen]:
    """The network, or one of its modules, as a sequence of units in the order in which they finish."""
    children = _called_children(net, prefix, seen)
    units: list[Seen] = []
    for key in [key for key in seen if key in children]:
        entry = seen[key]
        halvings = entry.size_in[0] / entry.layer.size[0] if entry.size_in else float("inf")
        opened = _units(entry.module, f"{key}.", seen) if halvings > 2.5 else []
        units += opened or [entry]
    return units


def _called_children(net: nn.Module, prefix: str, seen: dict[str, Seen]) -> set[str]:
    """Keys of the child modules, looking through containers that are iterated over and never called."""
    keys: set[str] = set()
    for name, child in net.named_children():
        key = f"{prefix}{name}"
        # DenseNet's blocks are ModuleDicts with a forward of their own, so the class alone does not tell
        container = isinstance(child, (nn.ModuleList, nn.ModuleDict)) and key not in seen
        keys |= _called_children(child, f"{key}.", seen) if container else {key}
    return keys


def _stages(units: list[Seen]) -> list[list[Seen]]:
    """Runs of units with the same spatial output; maps of 1 x 1 are no stage."""
    stages: list[list[Seen]] = []
    for unit in units:
        if unit.layer.size == (1, 1):
            continue
        if stages and stages[-1][-1].layer.size == unit.layer.size:
            stages[-1].append(unit)
        else:
            stages.append([unit])
    return stages


def _stage_end(stage: list[Seen]) -> Seen | None:
    def block(unit: Seen) -> bool:
        return any(isinstance(m, nn.Conv2d) for m in unit.module.modules()) and any(unit.module.children())

    blocks = [unit for unit in stage if block(unit)]
    plain = [unit for unit in stage if not isinstance(unit.module, _POOLS)]
    candidates = blocks or plain
    return candidates[-1] if candidates else None
