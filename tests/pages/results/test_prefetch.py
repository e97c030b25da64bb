"""Work ahead of time: what comes first, that it never stands in anybody's way, and where its results lie."""

from __future__ import annotations

import gc
import threading
import time

import numpy as np
import pytest

import dashboard
import xai_core as xai
from pages._ui import warm
from pages._ui.results import flights, idle, maps, networks, prefetch
from pages._ui.results.flights import AHEAD, MEMORY, Job
from pages._ui.results.memory import Memory, ahead
from pages._ui.results.prefetch import Likely, Prefetch, best

MODEL = "efficientnet_lite0"


@pytest.fixture(autouse=True)
def nothing_known():
    MEMORY.clear()
    yield
    MEMORY.clear()


@pytest.fixture
def worker():
    made = Prefetch(busy=lambda: False, pause=0.0)
    yield made
    made.stop()


def job(name: str, run=None, kept: bool = True) -> Job:
    return Job(("test", name), run or (lambda _report: [name]), lambda: 1.0, kept)


class Endless:
    """A job that goes on, batch after batch, until it may end."""

    def __init__(self, name: str):
        self.begun, self.stopped, self.may_end = threading.Event(), threading.Event(), threading.Event()
        self.times = 0
        self.job = job(name, self._run)

    def _run(self, report):
        self.times += 1
        self.begun.set()
        while not self.may_end.wait(0.01):
            try:
                report.progress(1, 2)
            except xai.Cancelled:
                self.stopped.set()
                raise
        return ["done"]


def test_what_saves_most_comes_first():
    cheap, dear = Likely(job("cheap"), 0.5, 1.0), Likely(job("dear"), 0.2, 5.0)
    assert best([[cheap], [dear]], lambda _: False) is dear
    assert best([[cheap], [dear]], lambda key: key == dear.job.key) is cheap
    assert best([[cheap, dear]], lambda _: True) is None
    assert best([], lambda _: False) is None
    endless = Likely(job("endless"), 0.05, 1000.0)
    assert endless.worth == pytest.approx(0.05 * prefetch.DEAREST), "it is seldom done before it is asked for"
    assert best([[dear, endless]], lambda _: False) is dear


def test_it_takes_offers_while_the_server_still_warms_up(monkeypatch, worker):
    """The first visitor has often seen his page before everything is warm, and offers only once."""
    offered = []
    monkeypatch.setattr(prefetch, "PREFETCH", worker)
    monkeypatch.setattr(warm, "default_network", lambda: offered.append(worker.runs))
    monkeypatch.setattr(warm, "late", lambda: None)
    dashboard._import()
    assert offered == [True]


def test_the_server_looks_for_garbage_again_also_where_its_network_fails(monkeypatch, worker):
    """While the server starts it does not, which makes its imports a fifth faster."""
    looks = []

    def fails():
        looks.append(gc.isenabled())
        raise OSError("the disk is gone")

    monkeypatch.setattr(prefetch, "PREFETCH", worker)
    monkeypatch.setattr(warm, "default_network", fails)
    try:
        with pytest.raises(OSError, match="gone"):
            dashboard._import()
        assert looks == [False]
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_nothing_runs_while_a_visitor_waits(worker):
    endless = Endless("waits")
    worker.start()
    with idle.foreground():
        worker.offer("me", [Likely(endless.job, 1.0, 1.0)])
        assert not endless.begun.wait(0.5)
    assert endless.begun.wait(20), "it begins when he has left"
    endless.may_end.set()
    assert worker.rest(20)
    assert flights.fetch(endless.job) == ["done"]
    assert endless.times == 1, "who asks finds it in memory"


def test_it_stops_between_two_batches_and_begins_anew(worker):
    endless = Endless("stops")
    worker.start()
    worker.offer("me", [Likely(endless.job, 1.0, 1.0)])
    assert endless.begun.wait(20)
    with idle.foreground():
        assert endless.stopped.wait(20)
        endless.begun.clear()
        assert not endless.begun.wait(0.3)
        assert endless.job.key not in MEMORY
    assert endless.begun.wait(20)
    endless.may_end.set()
    assert worker.rest(20)
    assert endless.times == 2


def test_the_processor_time_of_its_thread_is_known(worker):
    """The benchmark reads it to see what work ahead takes from a visitor."""
    assert worker.processor_seconds == 0, "it has not begun"

    def run(report):
        start = time.thread_time()
        while time.thread_time() < start + 0.2:
            pass
        return ["done"]

    worker.start()
    worker.offer("me", [Likely(job("busy", run), 1.0, 1.0)])
    assert worker.rest(20)
    assert worker.processor_seconds >= 0.2


def test_who_asks_for_what_is_at_work_does_not_run_it_beside(worker):
    """As two may not write one file: the work ahead stops first."""
    at_once, most, guard = 0, 0, threading.Lock()
    begun, may_end = threading.Event(), threading.Event()

    def run(report):
        nonlocal at_once, most
        with guard:
            at_once += 1
            most = max(most, at_once)
        begun.set()
        try:
            while not may_end.wait(0.01):
                report.progress(1, 2)
        finally:
            with guard:
                at_once -= 1
        return ["done"]

    wanted = job("one file", run)
    worker.start()
    worker.offer("me", [Likely(wanted, 1.0, 1.0)])
    assert begun.wait(20)
    begun.clear()
    with idle.foreground(), flights.follow(wanted) as flight:
        assert begun.wait(20), "the visitor's run begins once the work ahead has stopped"
        may_end.set()
        assert flight.wait(20)
        assert flight.result() == ["done"]
    assert most == 1


def test_nothing_runs_beside_somebodys_job(worker):
    """Also where its visitor's run is not under way, as while a flight ends."""
    somebodys, ours = Endless("somebody's"), Endless("ours")
    with flights.follow(somebodys.job) as flight:
        worker.start()
        worker.offer("me", [Likely(ours.job, 1.0, 1.0)])
        assert not ours.begun.wait(0.5)
        somebodys.may_end.set()
        assert flight.wait(20)
    ours.may_end.set()
    assert worker.rest(20)


def test_a_busy_machine_is_left_alone(monkeypatch):
    monkeypatch.setattr(prefetch, "LATER", 0.01)
    asked, free = threading.Event(), threading.Event()

    def busy() -> bool:
        asked.set()
        return not free.is_set()

    worker, endless = Prefetch(busy=busy, pause=0.0), Endless("busy")
    worker.start()
    worker.offer("me", [Likely(endless.job, 1.0, 1.0)])
    assert asked.wait(20)
    assert not endless.begun.wait(0.3)
    free.set()
    assert endless.begun.wait(20)
    endless.may_end.set()
    assert worker.rest(20)
    worker.stop()


def test_a_defect_ends_neither_the_thread_nor_what_follows(worker, caplog):
    def breaks(_report):
        raise ZeroDivisionError("a defect")

    worker.start()
    worker.offer("me", [Likely(job("breaks", breaks), 1.0, 9.0), Likely(job("works"), 0.1, 1.0)])
    assert worker.rest(20)
    assert MEMORY.get(("test", "works")) == ["works"]
    assert "Work ahead of time failed" in caplog.text


def test_a_new_guess_takes_the_place_of_the_last_and_few_visitors_are_kept():
    worker = Prefetch()
    for number in range(prefetch.SESSIONS + 3):
        worker.offer(f"visitor {number}", [Likely(job(str(number)), 1.0, 1.0)])
    worker.offer("visitor 9", [Likely(job("new"), 1.0, 1.0)])
    assert len(worker.offers) == prefetch.SESSIONS
    assert [one.job.key for one in worker.offers["visitor 9"]] == [("test", "new")]


def test_what_nobody_asked_for_pushes_nothing_out():
    behind = Memory(1000, lambda _: 400)
    memory = Memory(1000, lambda _: 400, behind)
    memory.put("asked", 1)
    memory.put("asked too", 2)
    with ahead():
        for number in range(5):
            memory.put(number, f"result {number}")
        assert memory.get(4) == "result 4"
        assert 4 in behind, "work ahead itself does not take it"
    assert "asked" in memory
    assert "asked too" in memory
    assert [number for number in range(5) if number in memory] == [3, 4], "the two latest have room"
    assert memory.get(4) == "result 4"
    assert 4 not in behind, "who asks takes it over"
    assert 4 in memory
    memory.clear()
    assert 3 not in memory


def test_a_map_that_was_made_ahead_is_the_same_to_the_last_bit(chelsea, worker):
    handle = networks.handle(MODEL)
    requests = [xai.Request("grad_cam", 282, handle.layer(None).key), xai.Request("guided_backprop", 282)]
    direct = xai.explain_many(handle, chelsea, requests)
    wanted = job("maps", lambda report: maps.attempt(MODEL, chelsea, requests, report), kept=False)
    worker.start()
    worker.offer("me", [Likely(wanted, 1.0, 1.0)])
    assert worker.rest(60)
    passes = handle.ledger.passes
    found = maps.explain(MODEL, chelsea, requests)
    assert handle.ledger.passes == passes, "they were in memory"
    for one, other in zip(found, direct, strict=True):
        assert one.heatmap.tobytes() == other.heatmap.tobytes()
        assert np.isfinite(one.heatmap).all()


def test_the_settings_turn_it_off(monkeypatch):
    monkeypatch.setenv("XAI_PREFETCH", "0")
    assert not prefetch.wanted()
    monkeypatch.delenv("XAI_PREFETCH")
    assert prefetch.wanted()


def test_it_does_not_run_unless_it_was_started():
    assert not prefetch.PREFETCH.runs
    assert AHEAD is not MEMORY
