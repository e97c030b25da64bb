"""Work ahead of time: when nobody waits, what will probably be asked for next is computed.

One thread of low priority does it, one job after another. It stops between two batches as soon as a visitor
waits, and what it was at is begun anew later. Its results lie in a memory of their own (`AHEAD`), so that
they push nothing out that somebody asked for; whoever asks for one takes it into the memory of results. It
runs only where `start` was called, which the server does and a test does not, and not with XAI_PREFETCH=0."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import xai_core as xai
from xai_core.machine import is_small

from . import idle
from .flights import MEMORY, Job, Report, once, running
from .memory import ahead

QUIET = 0.4  # seconds without a visitor before it begins
SESSIONS = 8  # so many visitors' guesses are kept, the latest ones
DEAREST = 12.0  # seconds; what takes longer counts no more, since it is seldom done before it is asked for
BUSY = 2.0  # times as many runnable threads as processors: the machine works for somebody else
LATER = 2.0  # seconds until a busy machine is looked at again


@dataclass(frozen=True)
class Likely:
    """A job that may be asked for: how probable that is, and about how many seconds it takes."""

    job: Job
    probability: float
    cost: float

    @property
    def worth(self) -> float:
        """Seconds that somebody is expected not to wait."""
        return self.probability * min(self.cost, DEAREST)


class Stopping(Report):
    """The report of work ahead: it is stopped as soon as somebody waits."""

    def progress(self, done: int, total: int) -> None:
        if self.cancelled():
            self.stopped.set()
        super().progress(done, total)

    def cancelled(self) -> bool:
        return idle.somebody_waits() or super().cancelled()


def best(offers: Iterable[Sequence[Likely]], done: Callable[[Hashable], bool]) -> Likely | None:
    """What saves most of those that are not done; the first of several that save the same."""
    waiting = [likely for offer in offers for likely in offer if not done(likely.job.key)]
    return max(waiting, key=lambda likely: likely.worth, default=None)


@dataclass(eq=False)
class Prefetch:
    """What is offered, and the thread that works on it."""

    offers: OrderedDict[str, list[Likely]] = field(default_factory=OrderedDict)
    busy: Callable[[], bool] = lambda: machine_is_busy()
    pause: float = QUIET
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _done: set[Hashable] = field(default_factory=set)  # also what failed, which would fail again
    _thread: threading.Thread | None = None
    _ended: bool = False

    def start(self) -> None:
        """Begin, in a thread; once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="prefetch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread after the batch that it is at."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    @property
    def processor_seconds(self) -> float:
        """The processor time that its thread has used so far; 0 where the system does not tell."""
        thread = self._thread
        if thread is None or not thread.is_alive() or not hasattr(time, "pthread_getcpuclockid"):
            return 0.0
        return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))

    @property
    def runs(self) -> bool:
        """Whether it was started."""
        return self._thread is not None and not self._ended

    def offer(self, session: str, likely: list[Likely]) -> None:
        """What this visitor may ask for next, in place of what was thought before."""
        with self._changed:
            self.offers[session] = likely
            self.offers.move_to_end(session)
            while len(self.offers) > SESSIONS:
                self.offers.popitem(last=False)
            keys = {one.job.key for offer in self.offers.values() for one in offer}
            self._done &= keys
            self._changed.notify_all()

    def rest(self, timeout: float) -> bool:
        """Wait until everything that was offered is done; whether that has happened in time."""
        with self._changed:
            return self._changed.wait_for(lambda: best(self.offers.values(), self._is_done) is None, timeout)

    def _is_done(self, key: Hashable) -> bool:
        return key in self._done or key in MEMORY

    def _run(self) -> None:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._ended or best(self.offers.values(), self._is_done) is not None
                )
            if self._ended:
                return
            if not idle.quiet(self.pause, timeout=LATER):
                continue
            if self.busy() or running():
                time.sleep(LATER)
                continue
            self._next()

    def _next(self) -> None:
        """Compute what saves most. A visitor who comes meanwhile is waited for."""
        with self._changed:
            likely = best(self.offers.values(), self._is_done)
        if likely is None:
            return
        try:
            with ahead():
                result = once(likely.job, Stopping())
                if likely.job.kept:
                    MEMORY.put(likely.job.key, result)
        except xai.Cancelled:
            return
        except xai.InputError:
            pass  # the page will say it
        except Exception:  # a defect must not end the thread; the page that asks for it shows it
            logging.getLogger(__name__).exception("Work ahead of time failed: %s", likely.job.key)
        with self._changed:
            self._done.add(likely.job.key)
            self._changed.notify_all()


def machine_is_busy() -> bool:
    """Whether the machine has other work than this."""
    if not hasattr(os, "getloadavg"):
        return False
    return os.getloadavg()[0] > BUSY * (os.cpu_count() or 1)


def wanted() -> bool:
    """Whether the settings allow it: XAI_PREFETCH, else everywhere but on a small server."""
    return (os.environ.get("XAI_PREFETCH") or ("0" if is_small() else "1")) != "0"


PREFETCH = Prefetch()
