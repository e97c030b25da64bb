"""Whose run of the script goes on: one at a time for each visitor, and few at a time for all.

With `runner.fastReruns`, which Community Cloud sets whatever the app's configuration says, a click begins the
next run while the last one still computes. The last one is then ended at its next use of Streamlit. Until
then the new one waits here, so that what a session holds belongs to one run at a time.

Runs draw pages in Python, which does one thing at a time. Thirty runs side by side would all end together
and late; `PLACES` of them go on, and the others have their turns in the order in which they came. Who waits
for a result (`aside`) leaves his place to somebody else."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from streamlit.runtime.scriptrunner import get_script_run_ctx

from xai_core.machine import is_small

PLACES = 3  # one on a small server, where each run takes memory of its own


class Gate:
    """So many places, given in the order in which they were asked for."""

    def __init__(self, places: int):
        self._free = places
        self._waiting: deque[threading.Lock] = deque()
        self._guard = threading.Lock()

    def enter(self) -> None:
        """Take a place, or wait for one."""
        turn = threading.Lock()
        with self._guard:
            if self._free:
                self._free -= 1
                return
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def leave(self) -> None:
        """Hand the place to whoever has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class _Turn:
    """Held by the run that goes on; it is forgotten when no run of the visitor holds it or waits for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


GATE = Gate(1 if is_small() else PLACES)
_TURNS: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
_GUARD = threading.Lock()
_this = threading.local()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Around a run of the script."""
    context = get_script_run_ctx()
    session = context.session_id if context is not None else ""
    with _GUARD:
        turn = _TURNS.get(session)
        if turn is None:
            turn = _TURNS[session] = _Turn()
    with turn.lock, _place():
        yield


@contextmanager
def _place() -> Iterator[None]:
    GATE.enter()
    _this.inside = True
    try:
        yield
    finally:
        _this.inside = False
        GATE.leave()


@contextmanager
def aside() -> Iterator[None]:
    """Around a wait inside a run: its place is free meanwhile."""
    if not getattr(_this, "inside", False):
        yield
        return
    GATE.leave()
    try:
        yield
    finally:
        GATE.enter()
