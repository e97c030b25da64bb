"""Estimates over pictures, and what became of a published finding: three verdicts, by a stated test."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..metrics.paired import LEAST, paired
from ..types import InputError
from ._recipe import Published
from .outcome import Estimate, Finding

HOLDS, FAILS, OPEN = VERDICTS = ("holds", "does not hold", "cannot be told apart with this many pictures")
TESTS = ("above", "below", "equal")
UNDECIDED = (
    "The number is one of the network and the pictures that the task asks for; a stand-in cannot decide."
)


def mean_of(values: Sequence[float]) -> Estimate:
    """The mean over pictures with the interval of Student's t; NaNs are left out."""
    found = np.asarray(values, float)
    gap = paired(found, np.zeros(len(found)))
    return Estimate(gap.mean, gap.low, gap.high, gap.pictures)


def share_of(values: Sequence[float], whole: float = 1.0) -> Estimate:
    """The same for shares of `whole`: the interval ends at 0 and at `whole`, between which the mean lies."""
    found = mean_of(values)
    low, high = (min(max(end, 0.0), whole) if end == end else end for end in (found.low, found.high))
    return Estimate(found.value, low, high, found.pictures)


def gap_of(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """The mean of first - second over pictures, with the interval of the paired t test."""
    gap = paired(np.asarray(first, float), np.asarray(second, float))
    return Estimate(gap.mean, gap.low, gap.high, gap.pictures)


def range_of(values: Sequence[float]) -> Estimate:
    """The mean with the smallest and the largest, for what is exact in every single picture."""
    found = np.asarray(values, float)
    if not len(found) or np.isnan(found).any():
        nan = float("nan")
        return Estimate(nan, nan, nan, len(found))
    return Estimate(float(found.mean()), float(found.min()), float(found.max()), len(found))


def verdict_of(published: Published, here: Estimate) -> str:
    """One of VERDICTS. Raises InputError for an unknown test."""
    if published.test not in TESTS:
        raise InputError(f"test is {published.test!r}; accepted are {', '.join(TESTS)}.")
    low, high, at = here.low, here.high, published.value
    if math.isnan(low) or math.isnan(high):
        return OPEN
    if published.test == "equal":
        if at - published.tolerance <= low and high <= at + published.tolerance:
            return HOLDS
        return FAILS if high < at - published.tolerance or low > at + published.tolerance else OPEN
    good, bad = (low > at, high < at) if published.test == "above" else (high < at, low > at)
    return HOLDS if good else FAILS if bad else OPEN


def finding(published: Published, here: Estimate, stands_in: bool = False) -> Finding:
    """The published finding beside what came out here. With a stand-in, nothing is decided about a number
    that is bound to its network and pictures."""
    test = how(published)
    if published.bound and stands_in:
        return Finding(
            published.key, published.claim, published.said, here, published.unit, OPEN, f"{test} {UNDECIDED}"
        )
    verdict = verdict_of(published, here)
    if here.pictures < LEAST and verdict == OPEN:
        test += f" An interval needs {LEAST} {here.of}s; there are {here.pictures}."
    return Finding(published.key, published.claim, published.said, here, published.unit, verdict, test)


def how(published: Published) -> str:
    """The test in a sentence."""
    at = f"{published.value:g}{published.unit and ' ' + published.unit}"
    if published.test == "equal":
        return f"Holds if the whole interval lies within {published.tolerance:g} of {at}."
    return f"Holds if the whole 95 % interval lies {published.test} {at}."
