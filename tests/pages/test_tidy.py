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
    monkeypatch.setenv("XAI_SMALL", "0")
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
        monkeypatch.setenv("XAI_SMALL", "1")
        with idle.foreground():
            tidy.once()
        assert trimmed == [0, 0], "where memory is short it is handed back in any case"
    finally:
        if was:
            gc.enable()


def test_how_often(monkeypatch):
    monkeypatch.delenv("XAI_TIDY_SECONDS", raising=False)
    found = []
    for small in "01":
        monkeypatch.setenv("XAI_SMALL", small)
        found.append(tidy.pause())
    for named in ("7", "0", "soon"):
        monkeypatch.setenv("XAI_TIDY_SECONDS", named)
        found.append(tidy.pause())
    assert found == [60, 5, 7, 5, 5]
