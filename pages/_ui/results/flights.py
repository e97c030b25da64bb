"""Long work that runs once for everybody who wants it.

A job runs in a thread of its own. Whoever asks for it while it runs follows it: he sees its progress and gets
its result from it. It is cancelled when the last one who follows it has left.

Work that a page announces waits for a place first (`places`): few pieces go on at a time, of each visitor one
short and one long piece, and the longest leave a place to the others."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent import futures
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import xai_core as xai
from xai_core.machine import is_small
from xai_core.network.batches import hand_back_freed_memory

from . import room
from .memory import Memory, alone_here, share
from .places import Ahead, Places, Turn
from .turns import aside
from .visitor import who

AHEAD = Memory(share(1))  # what was computed ahead of time and nobody has asked for yet
MEMORY = Memory(share(3), behind=AHEAD)  # the results of jobs
PULSE = 0.15  # seconds between two looks at a job that somebody waits for
LEVELS = (2.0, 60.0)  # seconds from which work is long, and from which it is very long
LINE = Places(total=(4, 2, 1), each=(2, 1, 1))  # for work of any length, for long, for very long work


@dataclass(eq=False)
class Report:
    """What a job tells while it runs: how much is done of how much, and a map as it grows."""

    done: int = 0
    total: int = 0
    partial: xai.Coarse | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def share(self) -> float:
        """The share that is done."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    def progress(self, done: int, total: int) -> None:
        """For `progress` of xai_core. Raises Cancelled when nobody waits any more."""
        self.done, self.total = done, total
        if self.stopped.is_set():
            raise xai.Cancelled("Nobody waits for this any more.")

    def cancelled(self) -> bool:
        """For `cancelled` of xai_core."""
        return self.stopped.is_set()

    def check(self) -> None:
        """Raise Cancelled when nobody waits any more: between two steps that tell nothing themselves."""
        if self.cancelled():
            raise xai.Cancelled("Nobody waits for this any more.")

    def grow(self, partial: xai.Coarse) -> None:
        """For `on_partial` of xai_core."""
        self.partial = partial


@dataclass(frozen=True, eq=False)
class Job:
    """Work: what it is (a key that names the network's weights, the picture and every setting), how it is
    done, and how many seconds it takes on an idle machine. What `run` returns is never None; it may raise
    InputError. `kept` is False where it has an effect of its own and is done again each time it is asked
    for. `unit` is what its report counts, and `thing` what several of its kind are, both in the plural.
    `guess` is given where measuring the seconds would take time: what it takes at most, for work that starts
    by itself, whose bar is corrected while it runs."""

    key: Hashable
    run: Callable[[Report], Any]
    seconds: Callable[[], float]
    kept: bool = True
    unit: str = "passes"
    thing: str = "pictures"
    guess: Callable[[], float] | None = None

    def roughly(self) -> float:
        """Its seconds at most, without measuring anything."""
        return (self.guess or self.seconds)()


class Flight:
    """A job that runs, or waits for its place. Work that is part of other work, or that nobody announced, has
    no `turn` and begins at once."""

    def __init__(self, job: Job, inner: bool = False, turn: Turn | None = None):
        self.job, self.report, self.turn, self.followers = job, Report(), turn, 0
        self.inner = inner  # part of another job, which waits for it
        self._future: futures.Future[Any] = futures.Future()

    def start(self) -> None:
        """Run the job in a thread."""
        if self.turn is not None:
            self.turn.share = lambda: self.report.share
            LINE.ask(self.turn)
        threading.Thread(target=self._run, name="job", daemon=True).start()

    def _run(self) -> None:
        _here.flies = True
        try:
            result = self._in_turn()
        except BaseException as error:  # handed to those who follow, as concurrent.futures does
            if not isinstance(error, (xai.Cancelled, xai.InputError)):
                logging.getLogger(__name__).exception("A job failed: %s", self.job.key)
            _land(self)
            self._future.set_exception(error)
        else:
            if self.job.kept:
                MEMORY.put(self.job.key, result)
            _land(self)
            self._future.set_result(result)
        if is_small():
            hand_back_freed_memory()

    def _in_turn(self) -> Any:
        if self.turn is None:
            return once(self.job, self.report)
        try:
            LINE.enter(self.turn)
            self.report.check()
            return once(self.job, self.report)
        finally:
            LINE.leave(self.turn)

    def ahead(self) -> Ahead | None:
        """What comes before it; None once it runs."""
        return None if self.turn is None else LINE.ahead(self.turn)

    def stop(self) -> None:
        """End it, since nobody follows it."""
        self.report.stopped.set()
        if self.turn is not None:
            LINE.withdraw(self.turn)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, within this time."""
        if self._future.done():
            return True
        room.leave()
        # for whom others wait does not leave his place: they may hold all of them
        with nullcontext() if alone_here() else aside():
            return bool(futures.wait([self._future], seconds).done)

    def result(self) -> Any:
        """What came out. Raises what the job raised."""
        return self._future.result()


_here = threading.local()
_GUARD = threading.Lock()
_FLYING: dict[Hashable, Flight] = {}


def _land(flight: Flight) -> None:
    with _GUARD:
        if _FLYING.get(flight.job.key) is flight:
            del _FLYING[flight.job.key]


@contextmanager
def follow(job: Job, seconds: float | None = None) -> Iterator[Flight]:
    """The running job of this key, started if nobody has; cancelled at the end if nobody else follows it.
    Work that takes so many `seconds` waits for its place where few may go on; without them it begins at
    once."""
    visitor, inner = who(), getattr(_here, "flies", False)
    with _GUARD:
        flight = _FLYING.get(job.key)
        if flight is None:
            turn = None if seconds is None or inner else asked(seconds, visitor)
            flight = _FLYING[job.key] = Flight(job, inner, turn)
            flight.start()
        elif flight.turn is not None:
            if seconds is None or inner:  # what goes on already waits for it
                LINE.let_in(flight.turn)
            LINE.join(flight.turn, visitor)
        flight.followers += 1
    try:
        yield flight
    finally:
        with _GUARD:
            flight.followers -= 1
            if flight.turn is not None:
                LINE.part(flight.turn, visitor)
            if not flight.followers:
                flight.stop()
                if _FLYING.get(job.key) is flight:  # who asks from now on starts anew
                    del _FLYING[job.key]


def asked(seconds: float, visitor: str) -> Turn:
    """A visitor's turn for work of so many seconds on an idle machine; 0 where nobody knows how many."""
    return Turn([visitor], sum(seconds > limit for limit in LEVELS) if seconds else 1, seconds)


def expected(seconds: float) -> float:
    """Seconds until work of so many seconds on an idle machine would be done, if this visitor asked for it
    now: until its place, and then beside what goes on."""
    return LINE.expected(asked(seconds, who()))


def once(job: Job, report: Report) -> Any:
    """What a job gives, while nobody else runs it: work ahead may be at it, which then stops at its next
    batch or has just ended. Some jobs write files that only one may write."""
    with MEMORY.alone(("job", job.key)):
        found = MEMORY.get(job.key) if job.kept else None
        if found is not None:
            return found
        with room.one_job():
            return job.run(report)


def running() -> int:
    """How many jobs run now. The parts of a job count with it."""
    with _GUARD:
        return sum(not flight.inner for flight in _FLYING.values())


def fetch(job: Job, report: Report | None = None) -> Any:
    """The result of a job, from memory, from whoever computes it already, or computed now. `report` is that
    of the work which needs it; raises Cancelled when that was stopped."""
    found = MEMORY.get(job.key)
    if found is not None:
        return found
    with follow(job) as flight:
        while not flight.wait(PULSE):
            if report is not None:
                report.progress(flight.report.done, flight.report.total)
        return flight.result()
