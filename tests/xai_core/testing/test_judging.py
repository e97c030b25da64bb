"""Verdicts from numbers: calibrated, whatever comes first; ties are never settled as wins."""

import numpy as np
import pytest

from xai_core.testing import confidence
from xai_core.testing._kind import Claim
from xai_core.testing.judging import BROKEN, FAIL, HOLDS, OPEN, PASS, UNDECIDED, Judge

SHARE = Claim("share", "the share", 0.6)
GAIN = Claim("share", "the gain", 0.0, (-1.0, 1.0), "control", control="a bump")
SMALL = Claim("share", "the share", 0.2, above=False)


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """A grid of twenty cells: limits lie on the marks, which are exact."""
    monkeypatch.setattr(confidence, "CELLS", 20)


def judged(claims, rows, total=None, level=0.95):
    """The verdict, and after how many pictures it was settled."""
    judge = Judge(claims, level, total)
    for row in rows:
        if judge.add(row) != UNDECIDED:
            break
    return judge.verdict(), judge.pictures


def rows_of(shares, controls=None):
    controls = np.full(len(shares), 0.3) if controls is None else controls
    return [{"share": float(s), "control": float(c)} for s, c in zip(shares, controls, strict=True)]


def test_a_clear_case_passes_or_fails_early_and_says_after_how_many():
    rng = np.random.default_rng(0)
    good = rows_of(rng.uniform(0.85, 1, 200))
    bad = rows_of(rng.uniform(0.0, 0.3, 200))
    verdict, count = judged([SHARE, GAIN], good)
    assert verdict == PASS
    assert count < 60
    verdict, count = judged([SHARE, GAIN], bad)
    assert verdict == FAIL
    assert count < 40
    assert judged([SHARE], good[:3])[0] == UNDECIDED
    assert judged([SMALL], good)[0] == FAIL
    assert judged([SMALL], rows_of(rng.uniform(0, 0.05, 100)))[0] == PASS


def test_where_nothing_differs_at_most_one_in_twenty_resamplings_is_called_a_win_or_a_loss():
    """The gain over a control of the same distribution is zero on average, and the check looks after every
    picture."""
    rng = np.random.default_rng(4)
    alarms = sum(
        judged([GAIN], rows_of(rng.beta(2, 2, 100), rng.beta(2, 2, 100)))[0] != UNDECIDED for _ in range(200)
    )
    assert alarms <= 10


def test_stopping_as_soon_as_it_is_settled_keeps_the_error_where_the_mean_is_the_limit():
    rng = np.random.default_rng(5)
    wrong = sum(judged([SHARE], rows_of(rng.random(100) < 0.6))[0] != UNDECIDED for _ in range(200))
    assert wrong <= 10


def test_one_false_claim_among_true_ones_is_enough_to_fail_and_never_to_pass():
    rng = np.random.default_rng(6)
    shares = rng.uniform(0.9, 1, 300)
    assert judged([SHARE, GAIN], rows_of(shares, np.ones(300)))[0] == FAIL
    judge = Judge([SHARE, GAIN], 0.95, None)
    for row in rows_of(shares, shares):
        judge.add(row)
    assert [found.state for found in judge.findings()] == [HOLDS, OPEN]
    assert judge.verdict() == UNDECIDED


def test_a_map_that_is_its_own_control_never_wins_and_of_all_pictures_loses():
    shares = np.random.default_rng(7).random(40)
    assert judged([GAIN], rows_of(shares, shares))[0] == UNDECIDED
    judge = Judge([GAIN], 0.95, 40)
    for row in rows_of(shares, shares):
        judge.add(row)
    assert judge.findings()[0].state == BROKEN
    assert judge.verdict() == FAIL


def test_of_all_pictures_the_order_changes_nothing_in_the_end():
    shares = np.random.default_rng(8).random(30)
    limit = float(shares.mean()) - 1e-6
    for seed in range(5):
        judge = Judge([Claim("share", "the share", limit)], 0.95, 30)
        for row in rows_of(np.random.default_rng(seed).permutation(shares)):
            judge.add(row)
        (found,) = judge.findings()
        assert found.low == pytest.approx(shares.mean())
        assert found.state == HOLDS


def test_pictures_without_numbers_settle_nothing():
    judge = Judge([SHARE], 0.95, 4)
    for row in (*rows_of([1.0, 1.0]), None, None):
        judge.add(row)
    assert (judge.pictures, judge.measured) == (4, 2)
    (found,) = judge.findings()
    assert (found.low, found.high) == (0.5, 1.0)
    assert found.mean == 1.0
    assert judge.verdict() == UNDECIDED
