"""Counted work beside progress, so that an estimate can hold measured seconds against it.

The unit is the modelled second of `incremental.cost`. Parts that are not modelled count as nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..network.batches import Progress


@dataclass
class Meter:
    """`planned` is the work of everything that was started so far, for `rows` pictures; `done` is the part
    of it that is finished."""

    planned: float = 0.0
    rows: int = 0
    done: float = 0.0
    row: float = 0.0  # the work of each picture that is being scored now

    def plan(self, rows: int, work: float) -> None:
        """Add `rows` pictures with this work together."""
        self.rows += rows
        self.planned += work


@dataclass
class MeteredProgress(Progress):
    """Progress with a meter."""

    meter: Meter = field(default_factory=Meter)

    def advance(self, count: int) -> None:
        """Report `count` more passes done, and add their work."""
        self.meter.done += count * self.meter.row
        super().advance(count)


def meter_of(progress: Progress) -> Meter:
    """The meter of the progress; one that nobody reads if it has none."""
    return progress.meter if isinstance(progress, MeteredProgress) else Meter()
