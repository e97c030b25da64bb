"""Which layers of a network are worth looking at first: the last one of each stage.

The network is read as a sequence of units: a module is one unit if it halves the resolution at most once, and
is opened into its children if it does more. A stage is a run of units of equal output size; its last layer is
its last unit that contains a convolution of its own kind (a block), else the last unit that is no pooling.

A transformer keeps its resolution, so its blocks (token layers of one kind in one container) stand for its
stages: every k-th of them and the last, about four, or the last of each size where the size changes. The last
token layer at which patches still reach the answer (`reached`) is the default layer, and layers behind it are
not suggested."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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


@dataclass(frozen=True)
class Stages:
    """What is worth looking at first: `ends` are the picture-like layers at the ends of the stages, `blocks`
    the blocks of a transformer, each in order. `tokens` are the token layers outside picture-like ones."""

    ends: list[str]
    blocks: list[str]
    tokens: list[str]


def read_stages(net: nn.Module, seen: dict[str, Seen]) -> Stages:
    """The stages of a network; `seen` holds all layers in the order in which they finish."""
    pictures = {key: entry for key, entry in seen.items() if entry.layer.prefix is None}
    free = [key for key in seen if key not in pictures and not any(up in pictures for up in _above(key))]
    blocks = token_blocks([seen[key].layer for key in free])
    sizes = {seen[key].layer.size for key in (blocks or free)}
    root = "" if free else _root(net, "", pictures)
    units = _units(net.get_submodule(root.rstrip(".")), root, pictures)
    ends = [end for stage in _stages(units) if (end := _stage_end(stage)) is not None]
    return Stages([end.key for end in ends if end.layer.size not in sizes], blocks, free)


def token_blocks(layers: Sequence[LayerSpec]) -> list[str]:
    """Keys of the blocks of a transformer, in order: token layers of one kind in one container, with layers
    inside them, and no block inside another block."""
    parents = {up for layer in layers for up in _above(layer.key)}
    groups: dict[tuple[str, str], list[str]] = {}
    for layer in layers:
        if layer.prefix is not None and layer.key in parents:
            groups.setdefault((layer.key.rpartition(".")[0], layer.kind), []).append(layer.key)
    several = {key for keys in groups.values() if len(keys) > 1 for key in keys}
    return [layer.key for layer in layers if layer.key in several and not several & set(_above(layer.key))]


def shown_blocks(blocks: Sequence[LayerSpec]) -> list[str]:
    """Keys of about four blocks: every k-th one up to the last, or the last of each size."""
    sizes = list(dict.fromkeys(layer.size for layer in blocks))
    if len(sizes) > 1:
        return [[layer.key for layer in blocks if layer.size == size][-1] for size in sizes]
    step = -(-len(blocks) // BLOCKS_SHOWN) or 1
    return [layer.key for layer in blocks[::-1][::step]][::-1]


def stream(stages: Stages, seen: dict[str, Seen], passed_on: Collection[str]) -> list[str]:
    """The layers that hold the tokens as they go from block to block: blocks, the modules directly inside
    them, and what is outside but no deeper, all with the blocks' channels. Modules that return what they were
    given or what a module inside them returned (`passed_on`) are left out unless they are blocks."""
    if not stages.blocks:
        return [key for key in stages.tokens if key not in passed_on]
    widths = {seen[key].layer.channels for key in stages.blocks}
    deepest = max(key.count(".") for key in stages.blocks) + 1
    return [
        key
        for key in stages.tokens
        if key in stages.blocks or (key not in passed_on and key.count(".") <= deepest)
        if seen[key].layer.channels in widths
    ]


def _above(key: str) -> Iterable[str]:
    """The paths of all modules around one, innermost first."""
    while "." in key:
        key = key.rpartition(".")[0]
        yield key


def _root(net: nn.Module, prefix: str, seen: dict[str, Seen]) -> str:
    """The prefix of the module whose children are the network's units: the network, or the backbone that it
    wraps and that returns features (CLIP's image encoder)."""
    children = _called_children(net, prefix, seen)
    around = [key for key in children if any(other.startswith(f"{key}.") for other in seen)]
    if children & seen.keys() or len(around) != 1:
        return prefix
    name = around[0].removeprefix(prefix)
    return _root(net.get_submodule(name), f"{around[0]}.", seen)


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
