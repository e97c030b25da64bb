"""What is ranked: methods, metrics, how many pictures at most, and when it is decided."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from ..evaluation.plan import CENTRE, CHANCE, Plan
from ..methods import METHODS
from ..types import InputError, Params
from .directions import sign_of
from .standing import Standing

ALL, BEST, CONTROL = "all", "best", "control"
UNTIL = {
    ALL: "every pair of methods is told apart on every metric",
    BEST: "one method is better than all others on every metric",
    CONTROL: "every method is told apart from the random map on every metric",
}
LABELS = {CHANCE: "Random map", CENTRE: "Bump in the middle"}


@dataclasses.dataclass(frozen=True)
class Ranked:
    """Methods x metrics over at most `budget` pictures (None: all). Methods are named as in `evaluate`; one
    may be given twice, and a random map is always among them. `predicted`: explain the predicted class, so
    that pictures need no label. `until` says when no more pictures are drawn, out of UNTIL. `seed` chooses
    the order in which pictures are drawn, and the resamples."""

    methods: tuple[str, ...]
    metrics: tuple[str, ...]
    predicted: bool = True
    params: Params = dataclasses.field(default_factory=Params)
    budget: int | None = None
    confidence: float = 0.95
    until: str = ALL
    seed: int = 0

    def check(self) -> None:
        """Raise InputError for what does not exist or ranks nothing."""
        self.measured().check()
        for metric in self.metrics:
            sign_of(metric)
        if len(set(self.metrics)) < len(self.metrics):
            twice = next(m for m, count in Counter(self.metrics).items() if count > 1)
            raise InputError(f"The metric {twice!r} is given twice; each is accepted once.")
        if self.budget is not None and self.budget < 1:
            raise InputError(f"budget is {self.budget}; a whole number of at least 1 is accepted.")
        if not 0.5 <= self.confidence <= 0.999:
            raise InputError(f"confidence is {self.confidence}; a number from 0.5 to 0.999 is accepted.")
        if self.until not in UNTIL:
            raise InputError(f"until is {self.until!r}; accepted are {', '.join(UNTIL)}.")

    @property
    def rows(self) -> tuple[str, ...]:
        """The methods that are ranked, the random map last where it was not named: `source` of each."""
        return self.methods if CHANCE in self.methods else (*self.methods, CHANCE)

    @property
    def names(self) -> tuple[str, ...]:
        """What each row is called: a method that is given again is "grad_cam (2)"."""
        seen: Counter[str] = Counter()
        found = []
        for name in self.rows:
            seen[name] += 1
            found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
        return tuple(found)

    @property
    def control(self) -> int:
        """The row of the random map."""
        return self.rows.index(CHANCE)

    @property
    def looking(self) -> list[int]:
        """The rows of the methods that look at the picture."""
        return [n for n, name in enumerate(self.rows) if name not in (CENTRE, CHANCE)]

    def measured(self) -> Plan:
        """What `evaluate` measures: each method once."""
        return Plan(tuple(dict.fromkeys(self.rows)), self.metrics, self.predicted, self.params)

    def settled(self, found: Sequence[Standing]) -> bool:
        """Whether what was asked is decided. A method that is given twice is no question."""
        rows = range(len(self.rows))
        asked = [(i, j) for i in rows for j in rows if i < j and self.rows[i] != self.rows[j]]
        if self.until == CONTROL:
            asked = [pair for pair in asked if self.control in pair]
        for one in found:
            if self.until == BEST:
                first = int(one.order[0])
                asked = [(first, j) for j in rows if self.rows[j] != self.rows[first]]
            if not all(one.apart(i, j) for i, j in asked):
                return False
        return True


def label_of(name: str) -> str:
    """What a row is called for people: "Grad-CAM at blocks.4 (2)"."""
    source, again, number = name.partition(" (")
    method, _, layer = source.partition("@")
    label = LABELS.get(method) or METHODS[method].label
    return f"{label}{f' at {layer}' if layer else ''}{again}{number}"
