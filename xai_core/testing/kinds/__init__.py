"""The kinds of checks, in the order in which they are offered. A new one is one file with a KIND, and one
line in this list."""

from __future__ import annotations

from ...types import InputError
from .._kind import Kind
from . import faithful, ignores, looks_at, robust, same_map_after

KINDS: dict[str, Kind] = {
    kind.key: kind for kind in (looks_at.KIND, ignores.KIND, same_map_after.KIND, faithful.KIND, robust.KIND)
}


def find_kind(key: str) -> Kind:
    """The kind of that key; raises InputError for any other."""
    if key not in KINDS:
        raise InputError(f"There is no check {key!r}; the checks are {', '.join(KINDS)}.")
    return KINDS[key]
