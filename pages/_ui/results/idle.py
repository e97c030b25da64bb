"""Who waits: how many runs of the script are under way for visitors. Work that nobody asked for keeps out of
their way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_CHANGED = threading.Condition()
_runs = 0
_quiet_since = 0.0  # by the monotonic clock; since then nobody has waited, where nobody waits now
_ever = False


@contextmanager
def foreground() -> Iterator[None]:
    """Around everything that a visitor waits for."""
    global _runs, _quiet_since, _ever
    with _CHANGED:
        _runs, _ever = _runs + 1, True
        _CHANGED.notify_all()
    try:
        yield
    finally:
        with _CHANGED:
            _runs -= 1
            _quiet_since = time.monotonic()
            _CHANGED.notify_all()


def somebody_waits() -> bool:
    """Whether a run is under way."""
    return _runs > 0


def had_visitors() -> bool:
    """Whether any run has begun since the server started."""
    return _ever


def quiet(seconds: float, timeout: float | None = None) -> bool:
    """Wait until nobody has waited for so many seconds; False if that has not happened within `timeout`."""
    ends = None if timeout is None else time.monotonic() + timeout
    with _CHANGED:
        while True:
            now = time.monotonic()
            left = seconds - (now - _quiet_since)
            if not _runs and left <= 0:
                return True
            if ends is not None and now >= ends:
                return False
            limits = [*([left] if not _runs else []), *([ends - now] if ends is not None else [])]
            _CHANGED.wait(min(limits) if limits else None)
