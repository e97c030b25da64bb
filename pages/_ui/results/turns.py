"""Whose run of the script goes on: one at a time for each visitor, and few at a time for all.

With `runner.fastReruns`, which Community Cloud sets whatever the app's configuration says, a click begins the
next run while the last one still computes. The last one is then ended at its next use of Streamlit. Until
then the new one waits here, so that what a session holds belongs to one run at a time.

Runs draw pages in Python, which does one thing at a time. Thirty runs side by side would all end together
and late; `PLACES` of them go on, and the others have fair turns: the tabs of one visitor do not come before
the one tab of another. Who waits for a result (`aside`) leaves his place to somebody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from streamlit.runtime.scriptrunner import get_script_run_ctx

from xai_core.machine import is_small

from .places import Places, Turn
from .visitor import who

# in all, and for the tabs of one visitor; one on a small server, where each run takes memory of its own
PLACES, EACH = (1, 1) if is_small() else (3, 2)


class _Session:
    """Held by the run that goes on; it is forgotten when no run of the session holds it or waits for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


GATE = Places((PLACES,), (EACH,))
_SESSIONS: WeakValueDictionary[str, _Session] = WeakValueDictionary()
_GUARD = threading.Lock()
_this = threading.local()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Around a run of the script."""
    context = get_script_run_ctx()
    session = context.session_id if context is not None else ""
    with _GUARD:
        own = _SESSIONS.get(session)
        if own is None:
            own = _SESSIONS[session] = _Session()
    with own.lock, _place(who()):
        yield


@contextmanager
def _place(visitor: str) -> Iterator[None]:
    _enter(visitor)
    try:
        yield
    finally:
        _leave()


@contextmanager
def aside() -> Iterator[None]:
    """Around a wait inside a run: its place is free meanwhile."""
    turn = getattr(_this, "turn", None)
    if turn is None:
        yield
        return
    (visitor,) = turn.asked_by
    _leave()
    try:
        yield
    finally:
        _enter(visitor)


def _enter(visitor: str) -> None:
    _this.turn = GATE.ask(Turn([visitor]))
    GATE.enter(_this.turn)


def _leave() -> None:
    turn, _this.turn = _this.turn, None
    GATE.leave(turn)
