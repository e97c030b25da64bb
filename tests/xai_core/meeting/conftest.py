"""Meetings in a database of their own for each test, with a clock that a test turns."""

from __future__ import annotations

import pytest

from tests.databases import empty
from xai_core.meeting import Asked, Meetings, Questions, Rounds
from xai_core.trust_study import StudyStore

ASKED = Asked("efficientnet_lite0", "chelsea", "0" * 64, "grad_cam", 281, "tabby", "Grad-CAM for tabby")


class Clock:
    """Seconds since 1970 that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def url(tmp_path):
    with empty(tmp_path) as address:
        yield address


@pytest.fixture
def meetings(url, clock):
    store = StudyStore(url)
    yield Meetings(store.engine, clock)
    store.close()


@pytest.fixture
def keys(meetings):
    return meetings.begin()


@pytest.fixture
def number(meetings, keys):
    return meetings.find(keys.code)


@pytest.fixture
def people(meetings, number):
    """Three followers by their numbers in the database."""
    return [meetings.person(number, meetings.join(number)) for _ in range(3)]


@pytest.fixture
def rounds(meetings):
    return Rounds(meetings)


@pytest.fixture
def questions(meetings):
    return Questions(meetings)
