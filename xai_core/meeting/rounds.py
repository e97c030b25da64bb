"""Guess first: the presenter holds a map back, everybody marks where it will be highest, then it is shown.

One round is open at a time. A person has one mark in a round and may move it until the reveal, after which
nothing of the round changes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from sqlalchemy import delete, func, insert, select, update

from ..types import InputError
from . import schema
from .limits import Limits
from .marks import Mark
from .store import Meetings

MOST_ROUNDS = 50
MOVES, WITHIN = 20, 60.0  # marks of one person, in so many seconds


@dataclass(frozen=True)
class Asked:
    """What is guessed: the map of `method` with its defaults for class `target` of `model` before a picture.
    `picture` is the picture's key in an address, `sha256` its content; the others are words for people."""

    model: str
    picture: str
    sha256: str
    method: str
    target: int
    label: str
    title: str


@dataclass(frozen=True)
class Round:
    """A round; `outcome` is what was found at the reveal, as numbers by name."""

    id: int
    number: int
    asked: Asked
    opened: float
    revealed: float | None
    outcome: dict[str, Any]


class Rounds:
    """The rounds of all meetings of a database."""

    def __init__(self, meetings: Meetings):
        self.meetings, self.engine, self.clock = meetings, meetings.engine, meetings.clock
        self._limits = Limits()

    def open(self, meeting: int, asked: Asked) -> Round:
        """Hold a map back and ask. Raises InputError while another round is open."""
        table = schema.ROUNDS
        with self.engine.begin() as connection:
            self.meetings.use(connection, meeting)
            mine = table.c.meeting_id == meeting
            if connection.scalar(select(table.c.id).where(mine, table.c.revealed.is_(None))) is not None:
                raise InputError("Another map is still held back; show it, or withdraw the question, first.")
            last = connection.scalar(select(func.max(table.c.number)).where(mine)) or 0
            if last >= MOST_ROUNDS:
                raise InputError(
                    f"The meeting has had {MOST_ROUNDS} rounds, which is as many as it may have."
                )
            row = {"meeting_id": meeting, "number": last + 1, "asked": json.dumps(asdict(asked))}
            connection.execute(insert(table).values(row | {"opened": self.clock(), "outcome": "{}"}))
        return self.all(meeting)[-1]

    def all(self, meeting: int) -> list[Round]:
        """All rounds of a meeting in their order."""
        table = schema.ROUNDS
        columns = [column for column in table.c if column is not table.c.picture]
        wanted = select(*columns).where(table.c.meeting_id == meeting).order_by(table.c.number)
        with self.engine.connect() as connection:
            rows = connection.execute(wanted).all()
        return [
            Round(
                row.id,
                row.number,
                Asked(**json.loads(row.asked)),
                row.opened,
                row.revealed,
                json.loads(row.outcome),
            )
            for row in rows
        ]

    def mark(self, round_: int, person: int, mark: Mark) -> None:
        """Keep where a person expects the map's peak, in place of what the person said before; on return it
        is on the disk. Raises InputError for a box, for a person of another meeting, after the reveal, and
        for too many marks of one person."""
        if mark.is_box:
            raise InputError("A guess is a point in the picture; a box is not accepted.")
        self._limits.spend("you move a mark", person, MOVES, WITHIN)
        rounds, people, table = schema.ROUNDS, schema.PEOPLE, schema.MARKS
        with self.engine.begin() as connection:  # written first: a reveal comes before or after all of this
            connection.execute(delete(table).where(table.c.round_id == round_, table.c.person_id == person))
            same = select(rounds.c.revealed).join(people, people.c.meeting_id == rounds.c.meeting_id)
            found = connection.execute(same.where(rounds.c.id == round_, people.c.id == person)).first()
            if found is None:
                raise InputError("This round is not one of your meeting.")
            if found.revealed is not None:
                raise InputError("The map is shown already; marks are not moved any more.")
            row = {"round_id": round_, "person_id": person, "x": mark.x, "y": mark.y}
            connection.execute(insert(table).values(row))

    def mark_of(self, round_: int, person: int) -> Mark | None:
        """Where this person's mark lies; None before there is one."""
        table = schema.MARKS
        wanted = select(table.c.x, table.c.y).where(table.c.round_id == round_, table.c.person_id == person)
        with self.engine.connect() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else Mark(row.x, row.y)

    def count(self, round_: int) -> int:
        """How many have marked."""
        with self.engine.connect() as connection:
            wanted = select(func.count()).where(schema.MARKS.c.round_id == round_)
            return connection.scalar(wanted) or 0

    def marks(self, round_: int) -> pd.DataFrame:
        """All marks, x and y in shares of the picture as the model sees it, in the order of the people."""
        table = schema.MARKS
        wanted = select(table.c.x, table.c.y).where(table.c.round_id == round_).order_by(table.c.person_id)
        with self.engine.connect() as connection:
            return pd.read_sql(wanted, connection)

    def close(self, meeting: int, round_: int) -> None:
        """From now on the marks stand. A round that was closed before stays as it is."""
        table = schema.ROUNDS
        which = (table.c.id == round_, table.c.meeting_id == meeting)
        with self.engine.begin() as connection:
            self.meetings.use(connection, meeting)
            change = update(table).where(*which, table.c.revealed.is_(None))
            connection.execute(change.values(revealed=self.clock()))

    def reveal(self, meeting: int, round_: int, outcome: dict[str, Any], picture: bytes) -> None:
        """Close the round, and keep what was found: the numbers by name, and the file of the picture with the
        map and all marks, which everybody is shown."""
        self.close(meeting, round_)
        table = schema.ROUNDS
        with self.engine.begin() as connection:
            change = update(table).where(table.c.id == round_, table.c.meeting_id == meeting)
            connection.execute(change.values(outcome=json.dumps(outcome), picture=picture))

    def picture(self, round_: int) -> bytes | None:
        """The file that `reveal` kept; None before."""
        with self.engine.connect() as connection:
            return connection.scalar(select(schema.ROUNDS.c.picture).where(schema.ROUNDS.c.id == round_))

    def withdraw(self, meeting: int, round_: int) -> None:
        """Forget a round that is still open, with its marks."""
        table = schema.ROUNDS
        still_open = (table.c.id == round_, table.c.meeting_id == meeting, table.c.revealed.is_(None))
        with self.engine.begin() as connection:
            self.meetings.use(connection, meeting)
            connection.execute(delete(table).where(*still_open))
