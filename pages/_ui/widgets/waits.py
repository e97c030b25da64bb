"""Waiting in words: how long work takes on a busy machine, how much of it is done, how much time is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MB = 1_000_000
TRUSTED = 0.1  # of the work done, from which share on the measured speed alone says how long the rest takes
SLOW = 2.0  # more seconds than these are worth a word on the bar
NOW = 1.5  # below so many seconds, work is as good as done


def roughly(seconds: float) -> str:
    """A length of time as people say it: nobody plans by "26.4 s"."""
    if seconds < NOW:
        return "a second"
    if seconds < 9.5:
        return f"{seconds:.0f}\u00a0s"
    if seconds < 25:
        return f"{5 * round(seconds / 5)}\u00a0s"
    if seconds < 37.5:
        return "half a minute"
    if seconds < 52.5:
        return "45\u00a0s"
    minutes = seconds / 60
    if minutes < 1.5:
        return "a minute"
    if minutes < 59.5:
        return f"{minutes:.0f}\u00a0min"
    hours = minutes / 60
    return "an hour" if hours < 1.5 else f"{hours:.0f}\u00a0hours"


def in_line(before: int, own: bool, seconds: float) -> str:
    """What stands on the bar of work that waits for its place: how many pieces of work end before it begins,
    and in how many seconds. `own`: all of them are this visitor's."""
    whose = "your other work comes first" if own else f"{before} before you"
    return f"Waits for its turn: {whose}, about {roughly(seconds)}"


def seconds_left(share: float, elapsed: float, announced: float, joined: float = 0.0) -> float | None:
    """Seconds until all is done, from the share that is done after `elapsed` seconds; None where nothing can
    be said yet. `joined` is the share that somebody else had done before.

    At first this rests on what was announced, and from a tenth of the work on it rests on the measured speed
    alone. Once more time has gone than was announced, the announcement was wrong and does not count."""
    done = share - joined
    if done <= 0:
        return announced - elapsed if announced > elapsed else None
    measured = elapsed * (1 - share) / done
    if announced <= elapsed:
        return measured
    trust = min(1.0, done / TRUSTED)
    return trust * measured + (1 - trust) * (announced - elapsed)


def on_bar(done: int, total: int, unit: str, left: float | None, work: str = "") -> str:
    """What stands on a bar: "Score-CAM: 42 of 390 passes, about 2 min left". The count is left out where
    there is only one thing to do, and the time where it is short or unknown."""
    if unit == "bytes":
        done, total, unit = round(done / MB), round(total / MB), "MB"
    count = f"{done:,} of {total:,} {unit}" if total > 1 else ""
    time = f"about {roughly(left)} left" if left is not None and left > SLOW else ""
    said = ", ".join(filter(None, [count, time]))
    return ": ".join(filter(None, [work, said])) or "Begins"


@dataclass
class Course:
    """How far a row of pieces of work is: `weights` are their expected seconds, `announced` the seconds of
    all of them on the machine as it is now, `began` when they began."""

    weights: Sequence[float]
    announced: float
    began: float
    joined: float = 0.0

    def share(self, number: int, part: float) -> float:
        """The share of the whole that is done when `part` of piece `number` is done, and all before it."""
        weights = self.weights if sum(self.weights) > 0 else [1.0] * len(self.weights)
        return min(1.0, (sum(weights[:number]) + part * weights[number]) / sum(weights))

    def join(self, number: int, part: float) -> None:
        """Note that `part` of piece `number` was done before it was followed."""
        self.joined += self.share(number, part) - self.share(number, 0.0)

    def waited(self, seconds: float) -> None:
        """Note that so many seconds went by in line, which are no work."""
        self.began += seconds
        self.announced = max(0.0, self.announced - seconds)

    def left(self, number: int, part: float, now: float) -> float | None:
        """Seconds until all is done; None where nothing can be said yet."""
        return seconds_left(self.share(number, part), now - self.began, self.announced, self.joined)
