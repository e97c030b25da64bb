import pytest

from xai_core.meeting import questions as module
from xai_core.types import InputError


def test_questions_are_ordered_by_votes_and_open_ones_come_first(questions, number, people):
    for person, text in zip(people, ("Why the ear?", "Why  not\nthe nose?", "Which layer?"), strict=True):
        questions.ask(number, person, text, "gallery", {"image": "chelsea"})
    first, second, third = questions.all(number)
    assert [one.text for one in (first, second, third)] == [
        "Why the ear?",
        "Why not the nose?",
        "Which layer?",
    ]
    assert (first.votes, first.page, first.query) == (1, "gallery", {"image": "chelsea"})
    questions.vote(third.id, people[0])
    questions.vote(third.id, people[1])
    questions.vote(second.id, people[0])
    questions.answer(number, second.id)
    assert [one.text for one in questions.all(number)] == [
        "Which layer?",
        "Why the ear?",
        "Why not the nose?",
    ]
    assert questions.all(number)[-1].answered
    assert questions.voted(people[0]) == {first.id, second.id, third.id}


def test_a_vote_is_given_once_and_taken_back(questions, number, people):
    questions.ask(number, people[0], "Why?", "overview", {})
    (asked,) = questions.all(number)
    for wanted, votes in ((True, 2), (True, 2), (False, 1), (False, 1)):
        questions.vote(asked.id, people[1], wanted)
        assert questions.all(number)[0].votes == votes


def test_who_asks_the_same_again_changes_nothing(questions, number, people):
    questions.ask(number, people[0], "Why?", "overview", {})
    before = questions.all(number)
    questions.ask(number, people[0], " Why? ", "gallery", {})
    assert questions.all(number) == before
    questions.ask(number, people[1], "Why?", "overview", {})
    assert len(questions.all(number)) == 2


def test_strangers_neither_ask_nor_vote_nor_answer(meetings, questions, number, people):
    questions.ask(number, people[0], "Why?", "overview", {})
    (asked,) = questions.all(number)
    other = meetings.find(meetings.begin().code)
    stranger = meetings.person(other, meetings.join(other))
    for act in (
        lambda: questions.ask(number, stranger, "I?", "overview", {}),
        lambda: questions.vote(asked.id, stranger),
        lambda: questions.vote(999, people[0]),
        lambda: questions.vote(999, 999),
    ):
        with pytest.raises(InputError, match="not one of your meeting"):
            act()
    questions.answer(other, asked.id)
    assert questions.all(number) == [asked]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (module.LONGEST + 1)])
def test_a_question_has_some_words_and_not_too_many(questions, number, people, text):
    with pytest.raises(InputError, match=f"1 to {module.LONGEST} are accepted"):
        questions.ask(number, people[0], text, "overview", {})


def test_floods_are_stopped(questions, number, people, monkeypatch):
    for place in range(module.OFTEN):
        questions.ask(number, people[0], f"Why {place}?", "overview", {})
    with pytest.raises(InputError, match="Too often"):
        questions.ask(number, people[0], "Why again?", "overview", {})
    monkeypatch.setattr(module, "MOST", module.OFTEN)
    with pytest.raises(InputError, match="as many as it may have"):
        questions.ask(number, people[1], "Why?", "overview", {})
    monkeypatch.setattr(module, "MOST_OF_A_PERSON", 0)
    with pytest.raises(InputError, match="as many as you may"):
        questions.ask(number, people[2], "Why?", "overview", {})
    (first, *_) = questions.all(number)
    for _ in range(module.VOTES):
        questions.vote(first.id, people[1])
    with pytest.raises(InputError, match="Too often"):
        questions.vote(first.id, people[1])
    assert len(questions.all(number)) == module.OFTEN
