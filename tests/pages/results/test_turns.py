"""Runs of one visitor that would overlap (`runner.fastReruns`): one waits for the other, and what a run had
begun to write when it was ended is written whole or not at all."""

import contextlib
import threading
import time
from types import SimpleNamespace

import pytest

import pages._ui.navigation  # noqa: F401  it declares the fields
from pages._ui import state
from pages._ui.results import flights, turns
from pages._ui.results.memory import Memory
from pages._ui.results.places import Places
from pages._ui.state import session


def own_session() -> SimpleNamespace:
    """Every thread is a visitor of his own."""
    return SimpleNamespace(session_id=str(threading.get_ident()))


class Ended(BaseException):
    """As Streamlit ends a run: at any use of the session."""


class Session(dict):
    """A session whose run is ended at its n-th use, counted from 0; None: never."""

    def __init__(self, ends: int | None = None):
        super().__init__()
        self.left = ends

    def _used(self) -> None:
        if self.left is not None:
            if self.left == 0:
                raise Ended
            self.left -= 1

    def __getitem__(self, key):
        self._used()
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        self._used()
        super().__setitem__(key, value)

    def __contains__(self, key):
        self._used()
        return super().__contains__(key)

    def get(self, key, default=None):
        self._used()
        return super().get(key, default)


@pytest.fixture
def ended(monkeypatch):
    def give(ends: int | None = None) -> Session:
        own = Session(ends)
        monkeypatch.setattr(session, "st", SimpleNamespace(session_state=own))
        return own

    return give


@pytest.mark.parametrize("ends", range(4))
def test_fields_that_are_set_together_are_set_whole_or_not_at_all(ended, ends):
    own = ended()
    assert (state.bind("rows"), state.bind("columns")) == ("w.rows", "w.columns")
    own.left = ends
    with contextlib.suppress(Ended):
        state.put(rows="layer", columns="class")
    own.left = None
    found = state.get("rows"), state.get("columns")
    assert found in (("layer", "class"), (session.FIELDS["rows"].default, session.FIELDS["columns"].default))
    for name, value in zip(("rows", "columns"), found, strict=True):
        assert own[state.bind(name)] == value, "the widget shows it in the next run"


@pytest.mark.parametrize("ends", range(8))
def test_a_widget_that_could_not_follow_does_so_in_the_next_run(ended, ends):
    own = ended()
    own[state.bind("rows")] = "method"
    state.put(rows="class")
    own.left = ends
    with contextlib.suppress(Ended):
        state.bind("rows")
    own.left = None
    assert own[state.bind("rows")] == "class"
    assert not state.moved("rows")


def test_a_callback_whose_widget_was_not_drawn_finds_nothing(ended):
    ended()
    assert state.of_widget("w.rows", "layer") == "layer"
    assert state.selected("chart", "points") is None


def test_one_run_waits_for_the_last_one_of_the_same_visitor(monkeypatch):
    went, may_end, inside, order = threading.Event(), threading.Event(), threading.Event(), []
    monkeypatch.setattr(turns, "get_script_run_ctx", lambda: SimpleNamespace(session_id=who.name))
    monkeypatch.setattr(turns, "who", lambda: who.name)
    who = threading.local()

    def run(visitor: str, name: str) -> None:
        who.name = visitor
        with turns.one_at_a_time():
            order.append(name)
            if name == "first":
                inside.set()
                may_end.wait(20)
            else:
                went.set()

    first = threading.Thread(target=run, args=("me", "first"))
    first.start()
    assert inside.wait(20)
    second = threading.Thread(target=run, args=("me", "second"))
    second.start()
    other = threading.Thread(target=run, args=("somebody else", "other"))
    other.start()
    other.join(20)
    assert order == ["first", "other"], "another visitor is not kept waiting"
    may_end.set()
    for thread in (first, second):
        thread.join(20)
    assert order == ["first", "other", "second"]
    assert not turns._SESSIONS, "nothing is kept of who has left"


def test_a_run_that_fails_gives_its_turn_back(monkeypatch):
    monkeypatch.setattr(turns, "get_script_run_ctx", lambda: SimpleNamespace(session_id="me"))
    with pytest.raises(Ended), turns.one_at_a_time():
        raise Ended
    with turns.one_at_a_time():
        pass


def test_few_runs_go_on_at_a_time_in_the_order_in_which_they_came(monkeypatch):
    monkeypatch.setattr(turns, "GATE", Places((1,), (1,)))
    monkeypatch.setattr(turns, "get_script_run_ctx", own_session)
    order, may_go, waits = [], threading.Event(), threading.Event()

    def run(name: str) -> None:
        with turns.one_at_a_time():
            order.append(name)
            if name == "first":
                waits.set()
                may_go.wait(20)

    threads = []
    for name in ("first", "second", "third", "fourth"):
        threads.append(threading.Thread(target=run, args=(name,)))
        threads[-1].start()
        assert waits.wait(20)
        while turns.GATE.waiting < len(threads) - 1:
            time.sleep(0.001)
    assert order == ["first"]
    may_go.set()
    for thread in threads:
        thread.join(20)
    assert order == ["first", "second", "third", "fourth"]
    assert turns.GATE.taken == 0


def test_many_tabs_of_one_visitor_leave_turns_to_another(monkeypatch):
    """Six tabs of one visitor are first in line; the run of another visitor is the second that begins."""
    monkeypatch.setattr(turns, "GATE", Places((1,), (1,)))
    monkeypatch.setattr(turns, "get_script_run_ctx", own_session)
    monkeypatch.setattr(turns, "who", lambda: threading.current_thread().name)
    order, may_go = [], threading.Event()

    def run() -> None:
        with turns.one_at_a_time():
            order.append(threading.current_thread().name)
            may_go.wait(20)

    threads = []
    for name in ["many"] * 6 + ["one"]:
        threads.append(threading.Thread(target=run, name=name))
        threads[-1].start()
        while turns.GATE.waiting + turns.GATE.taken < len(threads):
            time.sleep(0.001)
    may_go.set()
    for thread in threads:
        thread.join(20)
    assert order == ["many", "one", *["many"] * 5]


def test_who_waits_for_a_result_leaves_his_place(monkeypatch):
    monkeypatch.setattr(turns, "GATE", Places((1,), (1,)))
    monkeypatch.setattr(turns, "get_script_run_ctx", own_session)
    done, seen = threading.Event(), []

    def other() -> None:
        with turns.one_at_a_time():
            seen.append("other")
        done.set()

    with turns.one_at_a_time():
        thread = threading.Thread(target=other)
        thread.start()
        assert not done.wait(0.2)
        with turns.aside():
            assert done.wait(20)
        assert turns.GATE.taken == 1
    thread.join(20)
    assert seen == ["other"]
    assert turns.GATE.taken == 0
    with turns.aside():  # outside a run there is nothing to leave
        assert turns.GATE.taken == 0


def test_who_holds_up_others_keeps_his_place_while_he_waits(monkeypatch):
    """Others who have all places may wait for the result that he makes."""
    monkeypatch.setattr(turns, "GATE", Places((1,), (1,)))
    monkeypatch.setattr(turns, "get_script_run_ctx", own_session)
    flight, store, left = (
        flights.Flight(flights.Job("a job", lambda _report: 1, lambda: 0.0)),
        Memory(1000),
        [],
    )
    monkeypatch.setattr(
        flights.futures, "wait", lambda *_given: SimpleNamespace(done=left.append(turns.GATE.taken))
    )
    with turns.one_at_a_time():
        flight.wait(1.0)
        with store.alone("key"):
            flight.wait(1.0)
        flight.wait(1.0)
    assert left == [0, 1, 0]
