"""One job for everybody who wants it: run once, shared, cancelled when the last one has left."""

import threading
import time

import pytest

import xai_core as xai
from pages._ui.results import flights
from pages._ui.results.flights import MEMORY, Job, fetch, follow, running
from pages._ui.results.places import Places


class Slow:
    """A job that goes on until it is let go, and counts how often it was begun."""

    def __init__(self, key, kept=True, error=None):
        self.begun, self.go_on, self.error = 0, threading.Event(), error
        self.stopped = threading.Event()
        self.job = Job(("test", key), self._run, lambda: 1.0, kept)

    def _run(self, report):
        self.begun += 1
        while not self.go_on.wait(0.01):
            try:
                report.progress(1, 2)
            except xai.Cancelled:
                self.stopped.set()
                raise
        if self.error is not None:
            raise self.error
        return ["a result"]


@pytest.fixture(autouse=True)
def nothing_known():
    MEMORY.clear()
    yield
    assert not flights._FLYING, "a job is still listed as running"


def test_two_who_want_the_same_get_one_run_and_one_result():
    slow = Slow("two")
    found = []
    people = [threading.Thread(target=lambda: found.append(fetch(slow.job))) for _ in range(2)]
    for person in people:
        person.start()
    while slow.job.key not in flights._FLYING or flights._FLYING[slow.job.key].followers < 2:
        time.sleep(0.001)
    slow.go_on.set()
    for person in people:
        person.join(10)
    assert slow.begun == 1
    assert found[0] is found[1]
    assert fetch(slow.job) is found[0], "and it is remembered"
    assert slow.begun == 1


def test_who_leaves_does_not_take_it_from_the_other():
    slow = Slow("leaves")
    with follow(slow.job) as first:
        with follow(slow.job) as second:
            assert second is first
            assert not first.wait(0.05)
        assert not slow.stopped.wait(0.1), "the second one left, the first one still waits"
        slow.go_on.set()
        assert first.wait(5)
        assert first.result() == ["a result"]
    assert slow.begun == 1


def test_when_the_last_one_leaves_it_ends_and_begins_anew_for_the_next():
    slow = Slow("last")
    with follow(slow.job) as flight:
        assert not flight.wait(0.05)
    assert slow.stopped.wait(5)
    assert MEMORY.get(slow.job.key) is None
    slow.go_on.set()
    assert fetch(slow.job) == ["a result"]
    assert slow.begun == 2


@pytest.mark.parametrize("error", [xai.InputError("Not this one."), ZeroDivisionError("a defect")])
def test_an_error_reaches_everybody_and_is_not_remembered(error, caplog):
    slow = Slow(repr(error), error=error)
    with follow(slow.job) as first, follow(slow.job) as second:
        slow.go_on.set()
        for flight in (first, second):
            assert flight.wait(5)
            with pytest.raises(type(error), match=str(error)):
                flight.result()
    assert ("A job failed" in caplog.text) == isinstance(error, ZeroDivisionError)
    with pytest.raises(type(error)):
        fetch(slow.job)
    assert slow.begun == 2


def test_what_has_an_effect_is_done_again():
    slow = Slow("effect", kept=False)
    slow.go_on.set()
    assert fetch(slow.job) == fetch(slow.job)
    assert slow.begun == 2


def test_work_that_needs_a_job_is_stopped_with_it():
    slow, report = Slow("inner"), flights.Report()
    report.stopped.set()
    with pytest.raises(xai.Cancelled):
        fetch(slow.job, report)
    assert slow.stopped.wait(5)


def test_the_parts_of_a_job_count_with_it():
    inner = Slow("part")
    outer = Job(("test", "whole"), lambda report: fetch(inner.job, report), lambda: 1.0)
    other = Slow("other")
    assert running() == 0
    with follow(outer) as flight:
        while not inner.begun:
            time.sleep(0.001)
        assert len(flights._FLYING) == 2
        assert running() == 1
        with follow(other.job):
            assert running() == 2
        assert running() == 1
        inner.go_on.set()
        assert flight.wait(5)
    assert running() == 0


def test_a_report_says_what_share_is_done():
    report = flights.Report()
    assert report.share == 0.0
    report.progress(42, 168)
    assert report.share == 0.25
    report.progress(3, 2)
    assert report.share == 1.0


@pytest.fixture
def visitors(monkeypatch):
    """Every thread is the visitor whose name it has; two short places and one long one."""
    monkeypatch.setattr(flights, "who", lambda: threading.current_thread().name)
    monkeypatch.setattr(flights, "LINE", Places((2, 1), (2, 1)))


def wants(who: str, slow: Slow, seconds: float) -> tuple[threading.Thread, list]:
    """A visitor who waits for a job, in a thread, and what he got."""
    got: list = []

    def wait():
        with follow(slow.job, seconds) as flight:
            while not flight.wait(0.01):
                pass
            got.append(flight.result())

    person = threading.Thread(target=wait, name=who)
    person.start()
    while slow.job.key not in flights._FLYING:
        time.sleep(0.001)
    return person, got


def test_long_work_waits_for_its_place_and_short_work_does_not(visitors):
    long, second, short = Slow("long"), Slow("second"), Slow("short")
    first, _ = wants("a", long, 30.0)
    waits, got = wants("b", second, 10.0)
    ahead = flights._FLYING[second.job.key].ahead()
    assert (ahead.count, ahead.own) == (1, False)
    assert flights.expected(1.0) == pytest.approx(2.0, rel=0.01), "short work begins beside the long one"
    quick, _ = wants("c", short, 1.0)
    while not (short.begun and long.begun):
        time.sleep(0.001)
    assert not second.begun
    for slow, person in ((short, quick), (long, first), (second, waits)):
        slow.go_on.set()
        person.join(10)
    assert got == [["a result"]]


def test_who_leaves_the_line_was_never_there(visitors):
    long, second = Slow("long"), Slow("second")
    first, _ = wants("a", long, 30.0)
    with follow(second.job, 30.0) as flight:
        assert flight.ahead() is not None
    with pytest.raises(xai.Cancelled):
        flight.result()
    assert not second.begun
    long.go_on.set()
    first.join(10)


def test_work_in_line_begins_at_once_when_work_that_goes_on_needs_it(visitors):
    """Else the one would wait for the place of the other."""
    needed = Slow("needed")
    blocks = Slow("blocks")
    first, _ = wants("a", blocks, 30.0)
    second, got = wants("b", needed, 30.0)
    assert not needed.begun
    outer = Job(("test", "outer"), lambda report: fetch(needed.job, report), lambda: 1.0)
    needed.go_on.set()
    assert fetch(outer) == ["a result"]
    second.join(10)
    assert got == [["a result"]]
    blocks.go_on.set()
    first.join(10)


@pytest.mark.parametrize(("small", "most"), [("1", 1), ("0", 2)])
def test_on_a_small_server_one_job_runs_at_a_time(monkeypatch, small, most):
    monkeypatch.setenv("XAI_SMALL", small)
    jobs = [Slow(f"{small} {number}") for number in range(2)]
    with follow(jobs[0].job) as first, follow(jobs[1].job) as second:
        assert not first.wait(0.2)
        assert not second.wait(0.2)
        assert sum(slow.begun for slow in jobs) == most
        for slow in jobs:
            slow.go_on.set()
        assert first.wait(5)
        assert second.wait(5)
    assert [slow.begun for slow in jobs] == [1, 1]


def test_a_job_that_needs_another_one_leaves_it_the_room(monkeypatch):
    """Also where the other one was asked for by somebody else, and waits for the room."""
    monkeypatch.setenv("XAI_SMALL", "1")
    part = Slow("part")
    part.go_on.set()
    begun, may_ask = threading.Event(), threading.Event()

    def run(report):
        begun.set()
        assert may_ask.wait(5)
        return [fetch(part.job, report), "whole"]

    with follow(Job(("test", "whole"), run, lambda: 1.0)) as whole:
        assert begun.wait(5)
        with follow(part.job) as other:
            assert not other.wait(0.1)
            may_ask.set()
            assert whole.wait(5)
            assert other.wait(5)
        assert whole.result() == [["a result"], "whole"]
    assert part.begun == 1


def test_a_job_that_fails_leaves_the_room(monkeypatch):
    monkeypatch.setenv("XAI_SMALL", "1")
    for number in range(2):
        failing = Slow(f"fails {number}", error=xai.InputError("Not this one."))
        failing.go_on.set()
        with pytest.raises(xai.InputError):
            fetch(failing.job)
