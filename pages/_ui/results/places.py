"""A few places for many visitors: fair turns, and how long it is until one's own.

Work has a level, from 0 for short work to the longest. So many places are open to work of a level or above,
in all and for each visitor, so that long work leaves places for short work, and nobody takes them all. A free
place goes to the visitor who was given one longest ago, and among the work of one visitor to what came
first."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

LEAST = 0.2  # seconds that work is thought to take at least, also when its announced time is over


@dataclass(eq=False)
class Turn:
    """Somebody's work, which has a place or waits for one. `seconds` is what it takes on an idle machine,
    and `share` how much of it is done. Several visitors may wait for the same work."""

    asked_by: list[str]
    level: int = 0
    seconds: float = 0.0
    share: Callable[[], float] = lambda: 0.0
    number: int = 0
    inside: bool = False
    decided: threading.Event = field(default_factory=threading.Event)  # it has its place, or was withdrawn

    def left(self) -> float:
        """Seconds on an idle machine until it is done."""
        return max(LEAST, self.seconds * (1 - (self.share() if self.inside else 0.0)))


@dataclass(frozen=True)
class Ahead:
    """What ends before a turn begins: how many pieces of work, whether all of them are of the same visitor,
    and the seconds until then."""

    count: int
    own: bool
    seconds: float


@dataclass(eq=False)
class _Course:
    """Who has a place, who waits, and who was given one when; the real course, or one thought ahead."""

    inside: list[Turn] = field(default_factory=list)
    waiting: list[Turn] = field(default_factory=list)
    owners: dict[Turn, str] = field(default_factory=dict)
    served: dict[str, int] = field(default_factory=dict)  # visitor -> number of the last place given to him
    given: int = 0

    def copy(self) -> _Course:
        return _Course([*self.inside], [*self.waiting], {**self.owners}, {**self.served}, self.given)


class Places:
    """`total[level]` places for work of this level and above, `each[level]` of them for one visitor. Safe
    for threads."""

    def __init__(self, total: Sequence[int], each: Sequence[int]):
        self._total, self._each = total, each
        self._now = _Course()
        self._numbers = itertools.count()
        self._guard = threading.Lock()

    @property
    def taken(self) -> int:
        """How many have a place."""
        return len(self._now.inside)

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._now.waiting)

    def ask(self, turn: Turn) -> Turn:
        """Stand in line, or take a place that is free."""
        with self._guard:
            turn.number = next(self._numbers)
            self._now.waiting.append(turn)
            self._give()
        return turn

    def enter(self, turn: Turn) -> bool:
        """Wait for the place of a turn; False if it was withdrawn meanwhile."""
        turn.decided.wait()
        return turn.inside

    def withdraw(self, turn: Turn) -> None:
        """Wait for a place no longer. Who has it keeps it."""
        with self._guard:
            if turn in self._now.waiting:
                _take_out(self._now, turn)
                turn.decided.set()
                self._give()

    def leave(self, turn: Turn) -> None:
        """Give the place back."""
        with self._guard:
            _take_out(self._now, turn)
            turn.inside = False
            self._give()

    def join(self, turn: Turn, who: str) -> None:
        """One more visitor waits for the same work."""
        with self._guard:
            turn.asked_by.append(who)
            self._give()

    def part(self, turn: Turn, who: str) -> None:
        """A visitor waits for it no longer, while others do."""
        with self._guard:
            turn.asked_by.remove(who)  # who has the place keeps it, also when he is not the last to leave

    def let_in(self, turn: Turn) -> None:
        """Give a turn a place beyond all limits, because work that has a place waits for it."""
        with self._guard:
            if turn in self._now.waiting:
                _let_in(self._now, turn, turn.asked_by[0])
                self._entered([turn])

    def ahead(self, turn: Turn) -> Ahead | None:
        """What comes before a turn; None if it has its place. The work that goes on shares the machine
        evenly."""
        with self._guard:
            if turn not in self._now.waiting:
                return None
            ended, seconds = self._think(turn, self._now.copy(), to_its_end=False)
            own = all(owner in turn.asked_by for owner in ended)
            return Ahead(len(ended), own, seconds)

    def expected(self, turn: Turn) -> float:
        """Seconds until a turn would be done if it were asked for now."""
        with self._guard:
            turn.number = next(self._numbers)
            course = self._now.copy()
            course.waiting.append(turn)
            return self._think(turn, course, to_its_end=True)[1]

    def _give(self) -> None:
        """Fill the free places."""
        self._entered(self._fill(self._now))

    def _entered(self, turns: Sequence[Turn]) -> None:
        for turn in turns:
            turn.inside = True
            turn.decided.set()

    def _fill(self, course: _Course) -> list[Turn]:
        """Give the free places of a course in fair turns."""
        entered = []
        while True:
            able = [
                (course.served.get(who, -1), turn.number, who, turn)
                for turn in course.waiting
                for who in dict.fromkeys(turn.asked_by)
                if self._may_enter(course, turn, who)
            ]
            if not able:
                return entered
            _, _, who, turn = min(able, key=lambda one: one[:2])
            _let_in(course, turn, who)
            entered.append(turn)

    def _may_enter(self, course: _Course, turn: Turn, who: str) -> bool:
        for level in range(turn.level + 1):
            owners = [course.owners[other] for other in course.inside if other.level >= level]
            if len(owners) >= self._total[level] or owners.count(who) >= self._each[level]:
                return False
        return True

    def _think(self, turn: Turn, course: _Course, to_its_end: bool) -> tuple[list[str], float]:
        """Whose work ends until a turn begins, or until it is done, and the seconds until then."""
        left = {other: other.left() for other in [*course.inside, *course.waiting]}
        ended: list[str] = []
        seconds = 0.0
        while True:
            self._fill(course)
            if turn in course.inside and not to_its_end:
                return ended, seconds
            first = min(course.inside, key=lambda other: left[other])
            step = left[first]
            seconds += step * len(course.inside)  # they share the machine
            for other in course.inside:
                left[other] -= step
            if first is turn:
                return ended, seconds
            ended.append(course.owners[first])
            _take_out(course, first)


def _let_in(course: _Course, turn: Turn, who: str) -> None:
    course.waiting.remove(turn)
    course.inside.append(turn)
    course.owners[turn] = who
    course.given += 1
    course.served[who] = course.given


def _take_out(course: _Course, turn: Turn) -> None:
    """Remove a turn, and forget visitors who neither have a place nor wait for one."""
    for turns in (course.inside, course.waiting):
        if turn in turns:
            turns.remove(turn)
    course.owners.pop(turn, None)
    here = {*course.owners.values(), *(who for other in course.waiting for who in other.asked_by)}
    course.served = {who: number for who, number in course.served.items() if who in here}
