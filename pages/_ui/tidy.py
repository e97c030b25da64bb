"""Now and then, what sessions have left behind is given back: once a minute, on a small server every five
seconds.

Python looks for garbage when many objects have been made since the last time, and a session that ended may
wait for that with all its pictures. The objects that were there when the server had started are never looked
through again (dashboard.py), so that looking takes some hundredths of a second, which a server that is never
idle can spare. Freed memory goes back to the system too: when nobody waits, and on a small server always."""

from __future__ import annotations

import gc
import os
import threading
import time

from xai_core.machine import is_small

from .results import idle

PAUSE, SMALL_PAUSE = 60.0, 5.0  # seconds


def start() -> None:
    """Begin, in a thread."""
    threading.Thread(target=_run, name="tidy", daemon=True).start()


def _run() -> None:
    while True:
        time.sleep(pause())
        once()


def pause() -> float:
    """Seconds between two looks: XAI_TIDY_SECONDS, else 60, and 5 on a small server."""
    named = os.environ.get("XAI_TIDY_SECONDS", "")
    if named.isdecimal() and int(named):
        return float(named)
    return SMALL_PAUSE if is_small() else PAUSE


def once() -> None:
    """Look for garbage, and hand freed memory back where nobody waits, or memory is short."""
    gc.collect()
    if is_small() or not idle.somebody_waits():
        from xai_core.network import batches  # torch, which the server need not wait for

        batches.hand_back_freed_memory()
