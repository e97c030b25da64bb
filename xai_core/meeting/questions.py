"""Questions about what is shown, with votes: one of each person for each question, and answered or not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from ..types import InputError
from . import schema
from .limits import Limits
from .store import Meetings

LONGEST = 280  # characters
MOST_OF_A_PERSON, MOST = 20, 300  # questions in a meeting
OFTEN, WITHIN = 5, 60.0  # questions of one person, in so many seconds
VOTES = 60  # votes given or taken back by one person, in so many seconds


@dataclass(frozen=True)
class Question:
    """A question, the view about which it was asked, and how many people want it answered, its author
    included."""

    id: int
    text: str
    page: str
    query: Mapping[str, str]
    asked: float
    answered: bool
    votes: int


class Questions:
    """The questions of all meetings of a database."""

    def __init__(self, meetings: Meetings):
        self.meetings, self.engine, self.clock = meetings, meetings.engine, meetings.clock
        self._limits = Limits()

    def ask(self, meeting: int, person: int, text: str, page: str, query: Mapping[str, str]) -> None:
        """Ask; the author's own vote is given with it. Who asks the same again changes nothing. Raises
        InputError for an empty or long text, and for too many questions."""
        said = " ".join(text.split())
        if not 1 <= len(said) <= LONGEST:
            raise InputError(f"The question has {len(said):,} characters; 1 to {LONGEST} are accepted.")
        self._limits.spend("you ask a question", person, OFTEN, WITHIN)
        table = schema.QUESTIONS
        with self.engine.begin() as connection:
            self.meetings.open_row(connection, meeting)
            in_it = select(func.count()).where(table.c.meeting_id == meeting)
            by_person = in_it.where(table.c.person_id == person)
            if connection.scalar(by_person.where(table.c.text == said)):
                return
            if (connection.scalar(by_person) or 0) >= MOST_OF_A_PERSON:
                raise InputError(f"You have asked {MOST_OF_A_PERSON} questions, which is as many as you may.")
            if (connection.scalar(in_it) or 0) >= MOST:
                raise InputError(f"The meeting has {MOST} questions, which is as many as it may have.")
            self._check_person(_meeting_of(connection, person), meeting)
            row = {"meeting_id": meeting, "person_id": person, "text": said, "page": page[:40]}
            row |= {"query": json.dumps(dict(query)), "asked": self.clock(), "answered": 0}
            made = connection.execute(insert(table).values(row)).inserted_primary_key
            assert made is not None
            connection.execute(insert(schema.VOTES).values(question_id=made[0], person_id=person))

    def vote(self, question: int, person: int, wanted: bool = True) -> None:
        """Give a person's vote, or take it back; the same once more changes nothing."""
        self._limits.spend("you vote", person, VOTES, WITHIN)
        table = schema.VOTES
        with self.engine.begin() as connection:
            of = connection.scalar(
                select(schema.QUESTIONS.c.meeting_id).where(schema.QUESTIONS.c.id == question)
            )
            self._check_person(_meeting_of(connection, person), of)
            mine = (table.c.question_id == question, table.c.person_id == person)
            connection.execute(delete(table).where(*mine))
            if wanted:
                connection.execute(insert(table).values(question_id=question, person_id=person))

    def voted(self, person: int) -> set[int]:
        """The questions for which a person has voted."""
        table = schema.VOTES
        with self.engine.connect() as connection:
            return set(connection.scalars(select(table.c.question_id).where(table.c.person_id == person)))

    def answer(self, meeting: int, question: int, answered: bool = True) -> None:
        """The presenter says whether a question is answered."""
        table = schema.QUESTIONS
        with self.engine.begin() as connection:
            self.meetings.use(connection, meeting)
            which = (table.c.id == question, table.c.meeting_id == meeting)
            connection.execute(update(table).where(*which).values(answered=int(answered)))

    def all(self, meeting: int) -> list[Question]:
        """Open questions first, those with most votes first, then in the order in which they were asked."""
        table, votes = schema.QUESTIONS, schema.VOTES
        counted = select(table, func.count(votes.c.id).label("votes"))
        joined = counted.join(votes, votes.c.question_id == table.c.id, isouter=True).group_by(table.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(joined.where(table.c.meeting_id == meeting)).all()
        found = [
            Question(r.id, r.text, r.page, json.loads(r.query), r.asked, bool(r.answered), r.votes)
            for r in rows
        ]
        return sorted(found, key=lambda one: (one.answered, -one.votes, one.id))

    @staticmethod
    def _check_person(of: int | None, meeting: int | None) -> None:
        if of is None or of != meeting:
            raise InputError("This question is not one of your meeting.")


def _meeting_of(connection: Connection, person: int) -> int | None:
    return connection.scalar(select(schema.PEOPLE.c.meeting_id).where(schema.PEOPLE.c.id == person))
