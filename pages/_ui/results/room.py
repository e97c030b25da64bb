"""On a small server one job runs at a time: each has activations of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from xai_core.machine import is_small

from .places import Places, Turn

ROOM = Places((1,), (1,))
_here = threading.local()


@contextmanager
def one_job() -> Iterator[None]:
    """On a small server, wait for the room and have it. It is left for good at the first wait for another
    job: whoever took it again while he holds a key could wait for one who waits for that key."""
    if not is_small():
        yield
        return
    _here.turn = ROOM.ask(Turn([""]))
    ROOM.enter(_here.turn)
    try:
        yield
    finally:
        leave()


def leave() -> None:
    """Leave the room, if this thread has it."""
    turn = getattr(_here, "turn", None)
    if turn is not None:
        _here.turn = None
        ROOM.leave(turn)
