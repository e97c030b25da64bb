"""Which grid of patches the tokens (N, T, C) of a transformer belong to, and how many tokens stand in front.

    T = k + h w        k tokens in front (class, distillation, registers), h x w patches in row-major order

Where the network tells k and the patches' size, that is taken: timm's `num_prefix_tokens` and `patch_embed`,
torchvision's `class_token` and `patch_size`. Otherwise h x w is the size of a picture-like layer of the same
network (the patch embedding), or half of one, and where there is none, what square patches of some size make
of the input. k is then the rest, 0 to 8. If several h x w fit, it must be clear from k elsewhere in the
network, or the tokens are no layer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import nn

MOST_IN_FRONT = 8
Size = tuple[int, int]


@dataclass(frozen=True)
class Reading:
    """How T tokens are read: `prefix` tokens in front of `size` = (h, w) patches."""

    prefix: int
    size: Size

    def __str__(self) -> str:
        h, w = self.size
        return f"{h} x {w} patches with {self.prefix} in front"


@dataclass(frozen=True)
class Told:
    """What a module says of the tokens inside it: `key` is its path, "" for the network itself."""

    key: str
    prefix: int
    size: Size

    def covers(self, key: str) -> bool:
        """Whether the module of that path is inside."""
        return not self.key or key == self.key or key.startswith(f"{self.key}.")


def read_tokens(
    net: nn.Module, size: Size, pictures: Collection[Size], tokens: Mapping[str, int]
) -> tuple[dict[str, Reading], dict[str, str]]:
    """How the outputs of modules are read: `tokens` holds how many each returns, by path; `size` (H, W) is
    the input's, `pictures` are the sizes (h, w) of the picture-like layers.

    The first mapping has what is clear. The second has a sentence for what may be read in several ways, even
    with as many tokens in front as elsewhere in the network. What is no grid is in neither."""
    reader = _Reader(net, size, pictures)
    ways = {key: reader.readings(key, count) for key, count in tokens.items()}
    clear = {found[0].prefix for found in ways.values() if len(found) == 1}
    read, refused = {}, {}
    for key, found in ways.items():
        likely = [way for way in found if way.prefix in clear] if len(found) > 1 else found
        if len(likely) == 1:
            read[key] = likely[0]
        elif found:
            refused[key] = _ambiguous(key, tokens[key], found)
    return read, refused


class _Reader:
    """Reads numbers of tokens as grids, for one network and one size of its input."""

    def __init__(self, net: nn.Module, size: Size, pictures: Collection[Size]):
        self._told = list(_told(net, size))
        maps = {found for found in pictures if found != (1, 1)}
        exact, cut = (found - {(1, 1)} for found in _square_patches(size))
        # the first set in which anything fits decides; a network with maps has its patches from one of them
        self._sets = [maps, _halved(maps)] if maps else [exact, cut]

    def readings(self, key: str, tokens: int) -> list[Reading]:
        """All ways in which the `tokens` that the module of path `key` returns can be read: one where it is
        clear, none where they are no patches, several where that is ambiguous."""
        told = next((told for told in self._told if told.covers(key)), None)
        if told is not None:
            h, w = told.size
            if tokens in (h * w, told.prefix + h * w):
                return [Reading(tokens - h * w, told.size)]
            fitting = sorted(_halved({told.size}))
            return [
                Reading(told.prefix, size) for size in fitting if told.prefix + size[0] * size[1] == tokens
            ]
        for sizes in self._sets:
            found = [Reading(tokens - h * w, (h, w)) for h, w in sorted(sizes, reverse=True)]
            found = [reading for reading in found if 0 <= reading.prefix <= MOST_IN_FRONT]
            if found:
                return found
        return []


def _ambiguous(key: str, tokens: int, readings: list[Reading]) -> str:
    """The sentence for a layer whose tokens can be read in several ways."""
    ways = " or ".join(map(str, readings))
    return f"Layer {key!r} returns {tokens} tokens, which may be {ways}; the network does not tell which."


def _told(net: nn.Module, size: Size) -> Iterator[Told]:
    """What modules say of themselves, outermost first."""
    for key, module in net.named_modules():
        patches = getattr(getattr(module, "patch_embed", None), "patch_size", None)
        prefix = getattr(module, "num_prefix_tokens", None)
        if prefix is None and isinstance(getattr(module, "class_token", None), torch.Tensor):
            patches, prefix = getattr(module, "patch_size", None), 1  # torchvision
        if isinstance(patches, int):
            patches = (patches, patches)
        if isinstance(prefix, int) and isinstance(patches, tuple) and len(patches) == 2:
            yield Told(key, prefix, (size[0] // patches[0], size[1] // patches[1]))


def _square_patches(size: Size) -> tuple[set[Size], set[Size]]:
    """The grids that square patches make of an input: those that fill it, and those whose last patches are
    cut or padded."""
    height, width = size
    sides = range(1, min(size) + 1)
    fill = {(height // side, width // side) for side in sides if not height % side and not width % side}
    down = {(height // side, width // side) for side in sides}
    return fill, down | {(-(-height // side), -(-width // side)) for side in sides}


def _halved(sizes: Collection[Size]) -> set[Size]:
    """What is left of these sizes after one or more halvings, rounded up or down."""
    found: set[Size] = set()
    waiting = list(sizes)
    while waiting:
        h, w = waiting.pop()
        for half in ((h // 2, w // 2), (-(-h // 2), -(-w // 2))):
            if min(half) > 1 and half not in found:
                found.add(half)
                waiting.append(half)
    return found
