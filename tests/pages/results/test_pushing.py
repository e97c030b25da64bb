"""Runs that the server begins for those who follow a meeting: each move once, none for who has seen it."""

import threading
import time

import pytest

import xai_core as xai
from pages._ui.results import meetings, pushing
from pages._ui.results.pushing import Pushes

SOON = 5.0  # seconds that a thread may take on a busy machine


class World:
    """Presenters and sessions in place of a database and a server."""

    def __init__(self):
        self.moves = {1: 3, 2: 8}
        self.begun: list[str] = []
        self.opened: list[str] = []
        self.busy: set[str] = set()
        self.gone: set[str] = set()
        self.tried = threading.Event()
        self.pushes = Pushes(self.begin, self.read)

    def read(self, meeting):
        if meeting not in self.moves:
            raise xai.InputError("The database does not answer.")
        return self.moves[meeting], f"page {meeting}"

    def begin(self, session, page, at_once):
        self.tried.set()
        if session in self.gone:
            return None
        if session in self.busy and not at_once:
            return False
        self.begun.append(session)
        self.opened.append(page)
        return True

    def move(self, meeting, to):
        self.moves[meeting] = to
        meetings.WRITTEN.set()


def until(condition):
    """Wait for it; whether it came."""
    ends = time.monotonic() + SOON
    while not condition() and time.monotonic() < ends:
        time.sleep(0.005)
    return condition()


@pytest.fixture
def world():
    one = World()
    yield one
    for session in ("a", "b", "c"):
        one.pushes.leave(session)
    assert until(lambda: one.pushes._thread is None)  # nobody follows: no thread is left


def test_a_move_begins_a_run_in_each_session_that_follows_and_in_no_other(world):
    world.pushes.follow("a", 1, 3)
    world.pushes.follow("b", 1, 3)
    world.pushes.follow("c", 2, 8)
    world.move(1, 4)
    assert until(lambda: len(world.begun) == 2)
    time.sleep(3 * pushing.BUSY)
    assert sorted(world.begun) == ["a", "b"]  # and each only once
    assert world.opened == ["page 1", "page 1"]


def test_a_move_that_came_before_somebody_listened_is_not_missed(world):
    world.pushes.follow("a", 1, 2)
    assert until(lambda: world.begun == ["a"])


def test_a_run_that_goes_on_is_ended_for_the_new_one(world):
    world.busy.add("a")
    world.pushes.follow("a", 1, 2)
    start = time.monotonic()
    assert until(lambda: world.begun == ["a"])
    assert time.monotonic() - start >= pushing.GRACE


def test_a_session_in_the_middle_of_a_run_is_tried_again(world, monkeypatch):
    monkeypatch.setattr(pushing, "GRACE", 60)
    world.busy.add("a")
    world.pushes.follow("a", 1, 2)
    assert world.tried.wait(SOON)
    assert world.begun == []
    world.busy.clear()
    assert until(lambda: world.begun == ["a"])


def test_a_session_that_is_gone_is_forgotten(world):
    world.gone.add("a")
    world.pushes.follow("a", 1, 2)
    assert until(lambda: world.pushes._thread is None)


def test_who_has_let_go_is_left_alone(world):
    world.pushes.follow("a", 1, 3)
    world.pushes.follow("b", 1, 3)
    world.pushes.leave("a")
    world.move(1, 4)
    assert until(lambda: world.begun == ["b"])


def test_a_database_that_does_not_answer_ends_nothing(world, caplog):
    seen = world.moves.pop(1)
    world.pushes.follow("a", 1, seen)
    assert until(lambda: "The database does not answer." in caplog.text)
    world.move(1, seen + 1)
    assert until(lambda: world.begun == ["a"])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ended_by_an_error_is_replaced(world):
    """A server that does not answer in time ends it; the next follower's run begins another one."""
    read, world.pushes._now = world.pushes._now, lambda meeting: None  # which cannot be unpacked
    world.pushes.follow("a", 1, 3)
    assert until(lambda: not world.pushes._thread.is_alive())
    world.pushes._now, world.moves[1] = read, 4
    world.pushes.follow("a", 1, 3)
    assert until(lambda: world.begun == ["a"])


def test_outside_of_a_server_nothing_is_begun():
    pushing.follow(1, 0)
    assert pushing._PUSHES._thread is None
