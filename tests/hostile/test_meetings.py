"""A live meeting among people who mean no good: guessed codes, foreign seats, posted marks, floods."""

from __future__ import annotations

import pytest

from pages._ui.results import meetings
from pages._ui.state.shared import KEYS
from pages._ui.widgets.place import sides_of
from tests.pages.test_meeting import address, link_of, own_database, presenting, role_of, there
from xai_core.meeting import Mark, new_code
from xai_core.types import InputError

__all__ = ["own_database"]  # a fixture
pytestmark = pytest.mark.hostile


@pytest.fixture
def one_visitor(monkeypatch):
    """All sessions are those of one visitor, as with one browser's cookie, which AppTest does not have."""
    monkeypatch.setattr(meetings, "who", lambda: "somebody")


@pytest.mark.usefixtures("one_visitor")
def test_guessing_codes_is_stopped(open_app):
    _, code = presenting(open_app, "methods")
    said = []
    for _ in range(14):
        app = open_app("methods", follow=new_code())
        assert not app.exception
        assert "follow" not in app.query_params
        said.append(app.warning[0].value)
    assert "There is no meeting of this code" in said[0]
    assert "Too many wrong codes were tried" in said[-1]
    late = open_app("methods", follow=code)
    assert "Too many wrong codes" in late.warning[0].value, "who guesses learns nothing by the right one"


def test_a_followers_link_cannot_be_turned_into_the_presenters(open_app):
    lead, code = presenting(open_app, "methods")
    follower = open_app("methods", follow=code)
    before = meetings.services().meetings.now(role_of(lead).meeting)
    for forged in (link_of(follower)["seat"], code, "A" * 22):
        app = open_app("gallery", follow=code, lead=forged)
        assert not app.exception
        assert not role_of(app).presents, "the right code lets him follow, and no more"
        assert "lead" not in app.query_params
        alone = open_app("gallery", lead=forged)
        assert alone.warning, "it says that the key opens nothing"
        assert "lead" not in alone.query_params
    assert meetings.services().meetings.now(role_of(lead).meeting) == before


def test_no_key_of_the_presenter_reaches_a_follower(open_app):
    lead, code = presenting(open_app, "board", board="B" * 22)
    follower = open_app("methods", follow=code)
    own = link_of(lead)
    shown = "\n".join([*map(str, follower.session_state["_chosen"].values.items()), str(follower)])
    for secret in (own["lead"], own["board"]):
        assert secret not in shown
    handed = meetings.services().meetings.now(role_of(lead).meeting).query
    assert not set(handed) & set(KEYS)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "0.5,0.5",
        [],
        [0.5],
        [0.1, 0.2, 0.3],
        ["a", "b"],
        [True, False],
        [[0.5], 0.5],
        {"x": 1},
        [0.5] * 999,
    ],
)
def test_what_is_no_place_is_refused(sent):
    with pytest.raises(InputError, match="two or four numbers are accepted"):
        sides_of(sent)


@pytest.mark.parametrize("sides", [(-1.0, 0.5), (0.5, 1.5), (float("nan"), 0.5), (1e308, 0.5)])
def test_a_mark_outside_the_picture_is_refused(sides):
    with pytest.raises(InputError, match="shares of the picture"):
        Mark(*sides)


def test_a_followers_clicks_move_nobody(open_app):
    lead, code = presenting(open_app, "gallery", image="coffee")
    one, two = (open_app("methods", follow=code) for _ in range(2))
    before = address(lead)
    other = dict(link_of(one), image="chelsea", relu="off")
    assert not open_app("gallery", **other).exception
    assert address(there(lead, "gallery")) == before
    assert address(there(two, "gallery")) == before


@pytest.mark.usefixtures("one_visitor")
def test_a_link_that_is_opened_again_and_again_is_stopped(open_app):
    _, code = presenting(open_app, "methods")
    seats = set()
    for _ in range(24):
        app = open_app("methods", follow=code)
        assert not app.exception
        seats.add(link_of(app).get("seat"))
    assert None in seats
    assert len(seats) <= 21
