"""What a page draws or works out of maps that are known: pictures as files, and measures of pairs of maps.

Every run draws its page anew, for each visitor. What comes out depends on the maps and the look alone, so it
is kept for all of them, by the content of what it was made from."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from cachetools import LRUCache

import xai_core as xai
from xai_core.figures import Look, encode, overlay
from xai_core.figures.scale import Scale

from .memory import Memory, share

T = TypeVar("T")
GAP = 6  # white pixels between the pictures of one strip
DRAWN = Memory(share(2))
BYTES = share(1)  # of arrays whose digest is known; they are kept so long
_DIGESTS: LRUCache[int, tuple[np.ndarray, bytes]] = LRUCache(BYTES, lambda kept: min(BYTES, kept[0].nbytes))
_GUARD = threading.Lock()


def on_maps(function: Callable[..., T], *given: Any) -> T:
    """`function(*given)` with each map on the input's grid in its place, from memory where it was called with
    equal maps and values before. The function must have no other input, and what it returns must not be
    changed."""
    key = (function.__module__, function.__qualname__, *map(_name, given))
    return DRAWN.make(key, lambda: function(*map(_on_grid, given)))


def tile(view: np.ndarray, e: xai.Explanation, look: Look, shared: Scale | None = None) -> bytes:
    """A map over its picture as a JPEG (`overlay`)."""
    key = ("tile", _name(view), _name(e), look, shared)
    return DRAWN.make(key, lambda: encode(overlay(view, e, look, shared), "JPEG"))


def strip(view: np.ndarray, maps: Sequence[xai.Explanation], look: Look, before: bool) -> bytes:
    """Maps over their picture side by side as a JPEG, with `before` after the picture itself."""
    key = ("strip", _name(view), before, *map(_name, maps), look)
    return DRAWN.make(key, lambda: _strip([view] * before + [overlay(view, e, look) for e in maps]))


def _strip(panels: list[np.ndarray]) -> bytes:
    gap = np.full((len(panels[0]), GAP, 3), 255, np.uint8)
    return encode(np.hstack([part for panel in panels for part in (panel, gap)][:-1]), "JPEG")


def scale(maps: Iterable[xai.Explanation], look: Look) -> Scale:
    """The scale that these maps share; equal maps are one."""
    alike = {_name(e.heatmap): e for e in maps}
    key = ("scale", look.full, *map(_name, alike.values()))
    return DRAWN.make(key, lambda: look.limits(alike.values()))


def _on_grid(value: Any) -> Any:
    if isinstance(value, xai.Explanation):
        return value.upsampled()
    return [_on_grid(one) for one in value] if isinstance(value, list) else value


def _name(value: Any) -> Hashable:
    """What stands for it in a key."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, _digest(value)
    if isinstance(value, xai.Explanation):
        drawn_by = value.method, value.layer, value.params, value.signed, value.segments is None
        return _name(value.heatmap), value.view_size, *drawn_by
    return tuple(map(_name, value)) if isinstance(value, list) else value


def _digest(values: np.ndarray) -> bytes:
    """Of results in memory, which are not changed, it is taken once: while the array is kept here, its id is
    no other's."""
    with _GUARD:
        known = _DIGESTS.get(id(values))
    if known is not None:
        return known[1]
    found = hashlib.blake2b(np.ascontiguousarray(values), digest_size=16).digest()
    with _GUARD:
        _DIGESTS[id(values)] = values, found
    return found
