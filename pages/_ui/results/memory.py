"""Results in memory, shared by all visitors, within a budget of bytes."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from cachetools import LRUCache

from ..state import small

_this = threading.local()


def share(tenths: int) -> int:
    """Bytes for one of the memories of results. Together these have `small.results_bytes()`: pictures 2
    tenths, answers 1, jobs and maps 3, work ahead 1, what is drawn 2, and the arrays it was drawn from 1."""
    return small.results_bytes() * tenths // 10


@contextmanager
def ahead() -> Iterator[None]:
    """In the block, what this thread keeps goes where results lie that nobody has asked for yet."""
    _this.ahead = True
    try:
        yield
    finally:
        _this.ahead = False


class Memory:
    """Results by key. Beyond `budget` bytes the least recently used are dropped; a single result that is
    larger than the budget is kept alone. Safe for threads. Results are shared, not copied, so they must not
    be changed. What is computed `ahead` lies in another memory behind this one, until it is asked for."""

    def __init__(
        self, budget: int, size_of: Callable[[Any], int] | None = None, behind: Memory | None = None
    ):
        self._behind = behind
        measure = size_of or size
        self._kept: LRUCache[Hashable, Any] = LRUCache(budget, lambda value: min(budget, measure(value)))
        self._guard = threading.Lock()
        self._making: dict[Hashable, tuple[threading.Lock, int]] = {}  # key -> its lock, and who uses it

    def __contains__(self, key: Hashable) -> bool:
        with self._guard:
            return key in self._kept or (self._behind is not None and key in self._behind)

    def get(self, key: Hashable) -> Any | None:
        """The result, or None."""
        with self._guard:
            found = self._kept.get(key)
            if found is None and self._behind is not None:
                found = self._behind.get(key) if _is_ahead() else self._behind.taken(key)
                if found is not None and not _is_ahead():
                    self._kept[key] = found
            return found

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a result."""
        if self._behind is not None and _is_ahead():
            self._behind.put(key, value)
            return
        with self._guard:
            self._kept[key] = value

    def taken(self, key: Hashable) -> Any | None:
        """The result, which is kept no longer, or None."""
        with self._guard:
            return self._kept.pop(key, None)

    def make(self, key: Hashable, function: Callable[[], Any]) -> Any:
        """The result of `function()`, which runs once even where several ask at the same time."""
        found = self.get(key)
        if found is None:
            with self.alone(key):
                found = self.get(key)
                if found is None:
                    found = function()
                    self.put(key, found)
        return found

    @contextmanager
    def alone(self, key: Hashable) -> Iterator[None]:
        """For the length of the block, nobody else is in such a block with this key."""
        with self._guard:
            lock, users = self._making.get(key, (threading.Lock(), 0))
            self._making[key] = lock, users + 1
        try:
            with lock:
                _this.alone = alone_here() + 1
                try:
                    yield
                finally:
                    _this.alone -= 1
        finally:
            with self._guard:
                lock, users = self._making[key]
                if users == 1:
                    del self._making[key]
                else:
                    self._making[key] = lock, users - 1

    def forget(self, unwanted: Callable[[Any], bool]) -> None:
        """Drop the results whose keys are unwanted."""
        with self._guard:
            for key in [key for key in self._kept if unwanted(key)]:
                del self._kept[key]

    def clear(self) -> None:
        """Drop everything."""
        with self._guard:
            self._kept.clear()
            if self._behind is not None:
                self._behind.clear()


def alone_here() -> int:
    """In how many of the blocks of `Memory.alone` this thread is: others may wait until it leaves them."""
    return getattr(_this, "alone", 0)


def _is_ahead() -> bool:
    return getattr(_this, "ahead", False)


def size(value: Any) -> int:
    """Bytes of all arrays, tables and byte strings in a result, and 200 for the rest of it."""
    return 200 + _content(value)


def _content(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_content, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(_content, value))
    if isinstance(value, pd.DataFrame):
        return int(value.memory_usage(deep=True).sum())
    if dataclasses.is_dataclass(value):
        return sum(_content(getattr(value, field.name)) for field in dataclasses.fields(value))
    return 0
