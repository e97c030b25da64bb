"""One run of the script at a time for each visitor.

With `runner.fastReruns`, which Community Cloud sets whatever the app's configuration says, a click begins the
next run while the last one still computes. The last one is then ended at its next use of Streamlit. Until
then the new one waits here, so that what a session holds belongs to one run at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from streamlit.runtime.scriptrunner import get_script_run_ctx

_GUARD = threading.Lock()


class _Turn:
    """Held by the run that goes on; it is forgotten when no run of the visitor holds it or waits for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


_TURNS: WeakValueDictionary[str, _Turn] = WeakValueDictionary()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Around a run of the script."""
    context = get_script_run_ctx()
    session = context.session_id if context is not None else ""
    with _GUARD:
        turn = _TURNS.get(session)
        if turn is None:
            turn = _TURNS[session] = _Turn()
    with turn.lock:
        yield
