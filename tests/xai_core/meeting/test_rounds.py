import pytest

from xai_core.meeting import Mark, Meetings, Rounds
from xai_core.meeting import rounds as module
from xai_core.trust_study import StudyStore
from xai_core.types import InputError

from .conftest import ASKED


def test_a_round_from_its_question_to_its_reveal(rounds, number, people):
    opened = rounds.open(number, ASKED)
    assert (opened.number, opened.asked, opened.revealed) == (1, ASKED, None)
    for place, person in enumerate(people):
        assert rounds.mark_of(opened.id, person) is None
        rounds.mark(opened.id, person, Mark(0.1 * place, 0.5))
    rounds.mark(opened.id, people[0], Mark(0.9, 0.5))
    assert rounds.count(opened.id) == 3
    assert rounds.mark_of(opened.id, people[0]) == Mark(0.9, 0.5)
    assert rounds.marks(opened.id)["x"].tolist() == pytest.approx([0.9, 0.1, 0.2])
    assert rounds.picture(opened.id) is None
    rounds.reveal(number, opened.id, {"hits": 2}, b"a picture")
    (shown,) = rounds.all(number)
    assert shown.revealed is not None
    assert shown.outcome == {"hits": 2}
    assert rounds.picture(opened.id) == b"a picture"
    with pytest.raises(InputError, match="shown already"):
        rounds.mark(opened.id, people[0], Mark(0.5, 0.5))
    assert rounds.mark_of(opened.id, people[0]) == Mark(0.9, 0.5), "what is refused changes nothing"


def test_one_map_is_held_back_at_a_time(rounds, number):
    first = rounds.open(number, ASKED)
    with pytest.raises(InputError, match="still held back"):
        rounds.open(number, ASKED)
    rounds.close(number, first.id)
    assert rounds.open(number, ASKED).number == 2


def test_a_withdrawn_round_is_gone_and_a_shown_one_stays(rounds, number, people):
    first = rounds.open(number, ASKED)
    rounds.mark(first.id, people[0], Mark(0.5, 0.5))
    rounds.withdraw(number, first.id)
    assert rounds.all(number) == []
    assert rounds.count(first.id) == 0
    second = rounds.open(number, ASKED)
    rounds.close(number, second.id)
    rounds.withdraw(number, second.id)
    assert len(rounds.all(number)) == 1


def test_people_of_another_meeting_mark_nothing(meetings, rounds, number):
    opened = rounds.open(number, ASKED)
    other = meetings.find(meetings.begin().code)
    stranger = meetings.person(other, meetings.join(other))
    for round_, person in ((opened.id, stranger), (opened.id, 999), (999, stranger)):
        with pytest.raises(InputError, match="not one of your meeting"):
            rounds.mark(round_, person, Mark(0.5, 0.5))
    assert rounds.count(opened.id) == 0
    rounds.withdraw(other, opened.id)
    rounds.reveal(other, opened.id, {"hits": 9}, b"mine")
    assert rounds.all(number) == [opened], "nor does the presenter of another meeting"
    assert rounds.picture(opened.id) is None


def test_a_guess_is_a_point(rounds, number, people):
    opened = rounds.open(number, ASKED)
    with pytest.raises(InputError, match="a box is not accepted"):
        rounds.mark(opened.id, people[0], Mark(0.1, 0.1, 0.9, 0.9))


def test_a_flood_of_marks_is_stopped(rounds, number, people):
    opened = rounds.open(number, ASKED)
    for _ in range(module.MOVES):
        rounds.mark(opened.id, people[0], Mark(0.5, 0.5))
    with pytest.raises(InputError, match="Too often"):
        rounds.mark(opened.id, people[0], Mark(0.1, 0.1))
    rounds.mark(opened.id, people[1], Mark(0.1, 0.1))
    assert rounds.count(opened.id) == 2


def test_a_meeting_has_so_many_rounds(rounds, number, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROUNDS", 1)
    rounds.close(number, rounds.open(number, ASKED).id)
    with pytest.raises(InputError, match="has had 1 rounds"):
        rounds.open(number, ASKED)


def test_marks_outlive_the_server(meetings, rounds, number, people, url, clock):
    opened = rounds.open(number, ASKED)
    rounds.mark(opened.id, people[0], Mark(0.3, 0.4))
    again = StudyStore(url)
    try:
        assert Rounds(Meetings(again.engine, clock)).mark_of(opened.id, people[0]) == Mark(0.3, 0.4)
    finally:
        again.close()
