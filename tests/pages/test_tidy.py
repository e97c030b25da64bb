"""A server that is never idle looks for garbage too."""

import gc
import weakref

from pages._ui import tidy
from pages._ui.results import idle
from xai_core.network import batches


class Ring:
    """Something that only a look for garbage frees."""

    def __init__(self):
        self.me = self


def test_garbage_goes_while_somebody_waits(monkeypatch):
    trimmed = []
    monkeypatch.setattr(batches, "hand_back_freed_memory", lambda: trimmed.append(0))
    was = gc.isenabled()
    gc.disable()
    try:
        gone = weakref.ref(Ring())
        assert gone() is not None
        with idle.foreground():
            tidy.once()
        assert gone() is None
        assert trimmed == [], "memory is handed back when nobody waits"
        tidy.once()
        assert trimmed == [0]
    finally:
        if was:
            gc.enable()
