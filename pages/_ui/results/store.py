"""Results in memory, shared by all visitors, within a budget of bytes."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd


class Store:
    """Results by key, the least recently used thrown out beyond `budget` bytes. Safe for threads."""

    def __init__(self, budget: int):
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock, self._budget, self._bytes = threading.Lock(), budget, 0

    def get(self, key: Hashable) -> Any | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        with self._lock:
            if key in self._kept:
                self._bytes -= size(self._kept[key])
            self._bytes += size(value)
            self._kept[key] = value
            while self._bytes > self._budget and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= size(oldest)


def size(value: Any) -> int:
    """Bytes of all arrays in a result."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, Mapping):
        return sum(map(size, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(size, value))
    if isinstance(value, pd.DataFrame):
        return int(value.memory_usage(deep=True).sum())
    if dataclasses.is_dataclass(value):
        return sum(size(getattr(value, field.name)) for field in dataclasses.fields(value))
    return 0
