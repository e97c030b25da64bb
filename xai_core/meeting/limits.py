"""How often somebody may do something: at most so many times within so many seconds.

    limits = Limits()
    limits.spend("asks a question", person, most=10, seconds=60)      # raises InputError from the 11th on

Counts are kept in memory, by kind and by who did it; they are a guard of one server process, and none of them
outlives it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from ..types import InputError

KEPT = 20_000  # names that are counted at a time; whoever was quiet longest is forgotten first


class Limits:
    """Sliding windows, safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._guard = threading.Lock()
        self._done: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def spend(self, what: str, who: Hashable, most: int, seconds: float) -> None:
        """Count one `what` of `who`. Raises InputError, and counts nothing, where `most` of them happened
        within the last `seconds`."""
        if not self.allows(what, who, most, seconds):
            raise InputError(
                f"Too often: {what} at most {most} times in {seconds:g} seconds. Wait a little and try again."
            )
        with self._guard:
            self._done.setdefault((what, who), deque()).append(self._clock())
            self._done.move_to_end((what, who))
            while len(self._done) > KEPT:
                self._done.popitem(last=False)

    def allows(self, what: str, who: Hashable, most: int, seconds: float) -> bool:
        """Whether one more would be accepted now; counts nothing."""
        with self._guard:
            done = self._done.get((what, who))
            while done and done[0] <= self._clock() - seconds:
                done.popleft()
            return done is None or len(done) < most
