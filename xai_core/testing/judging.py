"""From the numbers of pictures to a verdict, picture after picture.

Each of the k claims of a check has a confidence sequence at 1 - (1 - confidence) / k, so that all their
intervals hold together, after every picture, with the confidence that was asked for. A check passes as soon
as every claim is settled as true, and fails as soon as one is settled as false. A wrong verdict needs an
interval that misses its mean, so its probability is at most 1 - confidence however early the check stops.

Bonferroni, Teoria statistica delle classi, 1936; for the sequences see `confidence`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ._kind import Claim
from .confidence import ConfidenceSequence

PASS, FAIL, UNDECIDED, REFUSED = "pass", "fail", "undecided", "refused"
HOLDS, BROKEN, OPEN = "holds", "does not hold", "undecided"


@dataclass(frozen=True)
class Finding:
    """What became of a claim: the mean of its numbers, its interval, and whether it HOLDS, is BROKEN or
    stays OPEN. The mean is NaN where no picture was measured."""

    claim: Claim
    mean: float
    low: float
    high: float
    state: str


@dataclass(frozen=True)
class Point:
    """The intervals and the means of all claims after so many pictures."""

    pictures: int
    intervals: tuple[tuple[float, float], ...]
    means: tuple[float, ...]


class Judge:
    """Takes the numbers of one picture after another. `total` as in `ConfidenceSequence`."""

    def __init__(self, claims: Sequence[Claim], confidence: float, total: int | None):
        alpha = (1 - confidence) / len(claims)
        self.claims = tuple(claims)
        self._sequences = [ConfidenceSequence(alpha, total, (_unit(c, c.limit),)) for c in claims]
        self._sums = [0.0] * len(claims)
        self.pictures = self.measured = 0
        self.path: list[Point] = []

    def add(self, row: Mapping[str, float] | None) -> str:
        """The numbers of the next picture, None where it could not be measured; the verdict so far."""
        self.pictures += 1
        self.measured += row is not None
        for place, (claim, sequence) in enumerate(zip(self.claims, self._sequences, strict=True)):
            value = None if row is None else claim.value(row)
            sequence.add(None if value is None else _unit(claim, value))
            self._sums[place] += value or 0.0
        found = self.findings()
        means = tuple(one.mean for one in found)
        self.path.append(Point(self.pictures, tuple((one.low, one.high) for one in found), means))
        return self.verdict()

    def verdict(self) -> str:
        """PASS, FAIL or UNDECIDED."""
        states = [found.state for found in self.findings()]
        if BROKEN in states:
            return FAIL
        return PASS if all(state == HOLDS for state in states) else UNDECIDED

    def findings(self) -> tuple[Finding, ...]:
        """What has become of each claim."""
        return tuple(
            self._finding(claim, sequence, total)
            for claim, sequence, total in zip(self.claims, self._sequences, self._sums, strict=True)
        )

    def _finding(self, claim: Claim, sequence: ConfidenceSequence, total: float) -> Finding:
        limit = _unit(claim, claim.limit)
        larger, smaller = sequence.above(limit), sequence.below(limit)
        if sequence.known and sequence.low == sequence.high == limit:
            larger = smaller = False  # exactly the limit: neither larger nor smaller, so the claim is false
            state = BROKEN
        else:
            good, bad = (larger, smaller) if claim.above else (smaller, larger)
            state = HOLDS if good else BROKEN if bad else OPEN
        mean = total / self.measured if self.measured else float("nan")
        low, high = (_back(claim, end) for end in (sequence.low, sequence.high))
        return Finding(claim, mean, low, high, state)


def _unit(claim: Claim, value: float) -> float:
    low, high = claim.span
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _back(claim: Claim, value: float) -> float:
    low, high = claim.span
    return low + value * (high - low)
