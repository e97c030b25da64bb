import threading

import pytest

from tests.databases import held
from xai_core.meeting import HOURS, Mark, Meetings
from xai_core.meeting import store as module
from xai_core.trust_study import StudyStore
from xai_core.types import InputError


def test_followers_see_what_the_presenter_shows(meetings, keys, number):
    assert meetings.for_presenter(keys.presenter_key) == number
    assert (meetings.now(number).moves, meetings.now(number).page) == (0, "")
    meetings.move(number, "gallery", {"model": "resnet50", "relu": "off"})
    now = meetings.now(number)
    assert (now.moves, now.page, now.query) == (1, "gallery", {"model": "resnet50", "relu": "off"})
    meetings.move(number, "gallery", {"relu": "off", "model": "resnet50"})
    assert meetings.now(number).moves == 2, "the same view once more asks to look again"
    assert [(page, query) for _, page, query in meetings.views(number)] == [(now.page, now.query)]


def test_a_code_and_a_key_are_two_rights(meetings, keys):
    assert meetings.find(keys.presenter_key) is None
    assert meetings.for_presenter(keys.code) is None
    assert meetings.find("tiger-olive-comet-42") is None or keys.code == "tiger-olive-comet-42"


def test_no_key_stands_in_the_database(meetings, keys, number, url):
    token = meetings.join(number)
    meetings.move(number, "gallery", {"image": "coffee"})
    rows = held(url)
    assert "coffee" in rows
    for secret in (keys.code, keys.presenter_key, token):
        assert secret not in rows


def test_what_is_pointed_at_goes_with_its_view(meetings, number):
    meetings.move(number, "overview", {})
    meetings.point(number, Mark(0.5, 0.25))
    assert meetings.now(number).mark == Mark(0.5, 0.25)
    meetings.move(number, "overview", {})
    assert meetings.now(number).mark == Mark(0.5, 0.25)
    meetings.move(number, "overview", {"image": "coffee"})
    assert meetings.now(number).mark is None


def test_who_follows_is_counted_while_he_is_there(meetings, number, people, clock):
    assert meetings.following(number) == 3
    meetings.here(people[0], follows=False)
    assert [meetings.follows(person) for person in people] == [False, True, True]
    assert meetings.following(number) == 2
    clock.now += module.PRESENT / 2
    meetings.here(people[1], follows=True)
    clock.now += module.PRESENT / 2
    assert meetings.following(number) == 1


def test_a_person_is_known_in_his_meeting_alone(meetings, number):
    token = meetings.join(number)
    other = meetings.find(meetings.begin().code)
    assert meetings.person(number, token) is not None
    assert meetings.person(other, token) is None
    assert meetings.person(number, "somebody") is None


def test_an_ended_meeting_lets_nobody_in_and_keeps_its_minutes(meetings, keys, number):
    meetings.move(number, "overview", {})
    meetings.end(number)
    assert meetings.find(keys.code) is None
    assert meetings.for_presenter(keys.presenter_key) == number
    assert meetings.now(number).ended
    assert len(meetings.views(number)) == 1
    for act in (
        lambda: meetings.move(number, "gallery", {}),
        lambda: meetings.join(number),
        lambda: meetings.point(number, None),
    ):
        with pytest.raises(InputError, match="The meeting has ended"):
            act()


def test_everything_goes_when_the_presenter_is_long_gone(meetings, keys, number, people, clock):
    meetings.move(number, "overview", {})
    clock.now += 3600 * HOURS - 1
    assert meetings.find(keys.code) == number
    clock.now += 1
    assert meetings.find(keys.code) is None
    assert meetings.for_presenter(keys.presenter_key) is None
    meetings.begin()
    assert meetings.now(number) is None
    assert meetings.views(number) == []
    with meetings.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from meeting_people").scalar() == 0


def test_an_act_of_the_presenter_keeps_it_alive(meetings, keys, number, clock):
    for _ in range(3):
        clock.now += 3600 * (HOURS - 1)
        meetings.move(number, "overview", {})
    assert meetings.find(keys.code) == number


def test_a_deleted_meeting_leaves_nothing(meetings, keys, number, people):
    meetings.delete(number)
    assert meetings.for_presenter(keys.presenter_key) is None
    with pytest.raises(InputError, match="never was"):
        meetings.began(number)


def test_there_is_room_for_so_many(meetings, number, monkeypatch):
    monkeypatch.setattr(module, "MOST_PEOPLE", 2)
    meetings.join(number)
    meetings.join(number)
    with pytest.raises(InputError, match="has 2 followers"):
        meetings.join(number)
    monkeypatch.setattr(module, "MOST_MEETINGS", 1)
    with pytest.raises(InputError, match="1 meetings go on"):
        meetings.begin()
    meetings.end(number)
    meetings.begin()


def test_the_path_keeps_the_newest_views(meetings, number, monkeypatch):
    monkeypatch.setattr(module, "MOST_VIEWS", 3)
    for place in range(6):
        meetings.move(number, "overview", {"opacity": str(place)})
    assert [query["opacity"] for _, _, query in meetings.views(number)] == ["3", "4", "5"]


def test_a_long_address_is_refused(meetings, number):
    with pytest.raises(InputError, match="at most 8,000 are shown to others"):
        meetings.move(number, "overview", {"image": "x" * 9000})
    assert meetings.now(number).moves == 0


def test_a_meeting_outlives_its_server(meetings, keys, number, url, clock):
    meetings.move(number, "lime", {"image": "coffee"})
    again = StudyStore(url)
    try:
        assert Meetings(again.engine, clock).now(number) == meetings.now(number)
    finally:
        again.close()


def test_moves_of_two_tabs_are_all_counted(meetings, number):
    def move(name: str) -> None:
        for place in range(10):
            meetings.move(number, name, {"opacity": str(place)})

    tabs = [threading.Thread(target=move, args=(name,)) for name in ("overview", "gallery")]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert meetings.now(number).moves == 20
