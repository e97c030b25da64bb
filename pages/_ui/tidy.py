"""Once a minute, what sessions have left behind is given back.

Python looks for garbage when many objects have been made since the last time, and a session that ended may
wait for that with all its pictures. The objects that were there when the server had started are never looked
through again (dashboard.py), so that looking takes some hundredths of a second, which a server that is never
idle can spare. When nobody waits, freed memory goes back to the system too."""

from __future__ import annotations

import gc
import os
import threading
import time

from .results import idle

PAUSE = 60.0  # seconds, where XAI_TIDY_SECONDS says nothing else


def start() -> None:
    """Begin, in a thread."""
    threading.Thread(target=_run, name="tidy", daemon=True).start()


def _run() -> None:
    named = os.environ.get("XAI_TIDY_SECONDS", "")
    while True:
        time.sleep(int(named) if named.isdecimal() else PAUSE)
        once()


def once() -> None:
    """Look for garbage, and hand freed memory back where nobody waits."""
    gc.collect()
    if not idle.somebody_waits():
        from xai_core.network import batches  # torch, which the server need not wait for

        batches.hand_back_freed_memory()
