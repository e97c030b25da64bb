"""Long work that runs once for everybody who wants it.

A job runs in a thread of its own. Whoever asks for it while it runs follows it: he sees its progress and gets
its result from it. It is cancelled when the last one who follows it has left."""

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

from .memory import Memory, alone_here, share
from .turns import Gate, aside

AHEAD = Memory(share(1))  # what was computed ahead of time and nobody has asked for yet
MEMORY = Memory(share(3), behind=AHEAD)  # the results of jobs
PULSE = 0.15  # seconds between two looks at a job that somebody waits for


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
    """A job that runs."""

    def __init__(self, job: Job, inner: bool = False):
        self.job, self.report, self.followers = job, Report(), 0
        self.inner = inner  # part of another job, which waits for it
        self._future: futures.Future[Any] = futures.Future()

    def start(self) -> None:
        """Run the job in a thread."""
        threading.Thread(target=self._run, name="job", daemon=True).start()

    def _run(self) -> None:
        _here.flies = True
        try:
            result = once(self.job, self.report)
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

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, within this time."""
        if self._future.done():
            return True
        _leave_room()
        # for whom others wait does not leave his place: they may hold all of them
        with nullcontext() if alone_here() else aside():
            return bool(futures.wait([self._future], seconds).done)

    def result(self) -> Any:
        """What came out. Raises what the job raised."""
        return self._future.result()


_here = threading.local()
ROOM = Gate(1)  # on a small server one job at a time: each has activations of its own
_GUARD = threading.Lock()
_FLYING: dict[Hashable, Flight] = {}


def _land(flight: Flight) -> None:
    with _GUARD:
        if _FLYING.get(flight.job.key) is flight:
            del _FLYING[flight.job.key]


@contextmanager
def follow(job: Job) -> Iterator[Flight]:
    """The running job of this key, started if nobody has; cancelled at the end if nobody else follows it."""
    with _GUARD:
        flight = _FLYING.get(job.key)
        if flight is None:
            flight = _FLYING[job.key] = Flight(job, inner=getattr(_here, "flies", False))
            flight.start()
        flight.followers += 1
    try:
        yield flight
    finally:
        with _GUARD:
            flight.followers -= 1
            if not flight.followers:
                flight.report.stopped.set()
                if _FLYING.get(job.key) is flight:  # who asks from now on starts anew
                    del _FLYING[job.key]


def once(job: Job, report: Report) -> Any:
    """What a job gives, while nobody else runs it: work ahead may be at it, which then stops at its next
    batch or has just ended. Some jobs write files that only one may write."""
    with MEMORY.alone(("job", job.key)):
        found = MEMORY.get(job.key) if job.kept else None
        if found is not None:
            return found
        with _room():
            return job.run(report)


@contextmanager
def _room() -> Iterator[None]:
    """On a small server, wait for the room and have it. It is left for good at the first wait for another
    job: whoever took it again while he holds a key could wait for one who waits for that key."""
    if not is_small():
        yield
        return
    ROOM.enter()
    _here.room = True
    try:
        yield
    finally:
        _leave_room()


def _leave_room() -> None:
    if getattr(_here, "room", False):
        _here.room = False
        ROOM.leave()


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
