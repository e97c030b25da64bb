"""A verdict follows from the interval and the stated test, on both sides of every threshold."""

import math

import pytest

from xai_core.studies._recipe import Published
from xai_core.studies.outcome import Estimate
from xai_core.studies.verdicts import (
    FAILS,
    HOLDS,
    OPEN,
    finding,
    gap_of,
    mean_of,
    range_of,
    share_of,
    verdict_of,
)
from xai_core.types import InputError


def claim(test, value=0.5, tolerance=0.1):
    return Published("key", "A claim.", test, value, tolerance)


@pytest.mark.parametrize(
    ("test", "low", "high", "verdict"),
    [
        ("above", 0.51, 0.6, HOLDS),
        ("above", 0.49, 0.6, OPEN),
        ("above", 0.3, 0.49, FAILS),
        ("below", 0.3, 0.49, HOLDS),
        ("below", 0.3, 0.51, OPEN),
        ("below", 0.51, 0.6, FAILS),
        ("equal", 0.41, 0.59, HOLDS),
        ("equal", 0.39, 0.59, OPEN),
        ("equal", 0.1, 0.39, FAILS),
        ("equal", 0.61, 0.9, FAILS),
        ("equal", 0.1, 0.9, OPEN),
        ("above", math.nan, math.nan, OPEN),
    ],
)
def test_the_verdict_follows_the_interval(test, low, high, verdict):
    assert verdict_of(claim(test), Estimate((low + high) / 2, low, high, 10)) == verdict


def test_a_stand_in_decides_nothing_about_a_number_of_another_network():
    here = Estimate(0.9, 0.8, 1.0, 10)
    bound = Published("key", "A claim.", "above", 0.5, bound=True)
    assert finding(bound, here).verdict == HOLDS
    found = finding(bound, here, stands_in=True)
    assert found.verdict == OPEN
    assert found.test.endswith("a stand-in cannot decide.")
    assert finding(claim("above"), here, stands_in=True).verdict == HOLDS


def test_intervals_are_students():
    assert mean_of([1, 2, 3]).low == pytest.approx(2 - 4.302652729911275 / math.sqrt(3))
    gap = gap_of([1, 2, 3, math.nan], [0, 0, 0, 0])
    assert (gap.value, gap.pictures) == (2, 3)
    assert gap.high == pytest.approx(2 + 4.302652729911275 / math.sqrt(3))
    assert math.isnan(mean_of([1, 2]).low)
    assert range_of([1, 2, 4]) == Estimate(pytest.approx(7 / 3), 1, 4, 3)
    assert math.isnan(range_of([1, math.nan]).low)


def test_too_few_pictures_are_said():
    found = finding(claim("above"), mean_of([1, 1]))
    assert found.verdict == OPEN
    assert found.test == (
        "Holds if the whole 95 % interval lies above 0.5. An interval needs 3 pictures; there are 2."
    )


def test_an_unknown_test_is_refused():
    with pytest.raises(InputError, match="test is 'near'; accepted are above, below, equal"):
        verdict_of(claim("near"), Estimate(0, 0, 0, 1))


def test_the_interval_of_a_share_ends_where_shares_end():
    values = [0.0, 0.0, 0.0, 100.0]
    free, share = mean_of(values), share_of(values, 100)
    assert free.low < 0 == share.low
    assert (share.value, share.high, share.pictures) == (free.value, min(free.high, 100), 4)
    assert math.isnan(share_of([0.5]).low)
