"""A lock that is handed on in the order in which it was asked for."""

from __future__ import annotations

import threading
from collections import deque


class FairLock:
    """Like `threading.RLock`, but first come, first served.

    Python's own locks go to whoever is awake when they are released, which is the thread that released them:
    somebody who computes map after map would keep everybody else from the network until the last one."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[tuple[int, threading.Lock]] = deque()
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> None:
        me, gate = threading.get_ident(), threading.Lock()
        with self._guard:
            if self._owner in (None, me):
                self._owner, self._depth = me, self._depth + 1
                return
            gate.acquire()
            self._waiting.append((me, gate))
        try:
            gate.acquire()
        except BaseException:  # an interrupt: the turn must not be left to a thread that does not take it
            with self._guard:
                mine = self._owner == me
                if not mine:
                    self._waiting.remove((me, gate))
            if mine:
                self.__exit__()
            raise

    @property
    def wanted(self) -> bool:
        """Whether this thread holds the lock and another one waits for it."""
        return self._owner == threading.get_ident() and bool(self._waiting)

    def let_others(self) -> None:
        """Hand the lock to the first who waits for it, and get it back, as often as it was taken, after all
        who wait now. Does nothing where nobody waits, or another thread holds it."""
        me, gate = threading.get_ident(), threading.Lock()
        with self._guard:
            if self._owner != me or not self._waiting:
                return
            depth = self._depth
            gate.acquire()
            self._waiting.append((me, gate))
            self._hand_on()
        interrupted = None
        while True:
            try:
                gate.acquire()
                break
            except BaseException as error:  # an interrupt: the blocks around this give the lock back
                interrupted = error
        self._depth = depth
        if interrupted is not None:
            raise interrupted

    def _hand_on(self) -> None:
        self._owner, gate = self._waiting.popleft()
        self._depth = 1
        gate.release()

    def __exit__(self, *_error: object) -> None:
        with self._guard:
            if self._owner != threading.get_ident():
                raise RuntimeError("The lock is held by another thread, or by none.")
            self._depth -= 1
            if self._depth == 0 and self._waiting:
                self._hand_on()
            elif self._depth == 0:
                self._owner = None
