"""A mapping that is never changed: the parameters of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Params(Mapping[str, Any]):
    """An immutable, hashable, picklable mapping of parameter names to plain values."""

    __slots__ = ("_items",)

    def __init__(self, values: Mapping[str, Any] | None = None):
        self._items = tuple(sorted((values or {}).items()))

    def __getitem__(self, name: str) -> Any:
        for key, value in self._items:
            if key == name:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return f"Params({dict(self._items)!r})"

    def __getstate__(self) -> tuple:
        return self._items

    def __setstate__(self, items: tuple) -> None:
        self._items = items
