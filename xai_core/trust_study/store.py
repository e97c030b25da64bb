"""Studies and answers in a database: a local SQLite file, or any that SQLAlchemy knows.

An answer that was acknowledged is on the disk. Keys are kept as their sha256 only, so that who reads the
database cannot open a study with what stands there."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
from sqlalchemy import Column, Table, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from ..disk import folder_of
from ..types import Box, InputError
from . import database, schema
from .design import VALUES, Study

LONGEST_NAME, LONGEST_NOTE = 60, 1000
FORGOTTEN = (
    "This cannot be kept: the database does not know the study, or whoever takes part in it, any more. "
    "Whoever runs this server can see whether another database lies in its place."
)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Participant:
    """Somebody who answers: `number` 0, 1, 2 ... within the study."""

    id: int
    number: int
    name: str
    note: str


class StudyStore:
    """The studies of one database. Safe for threads and for several servers at once."""

    def __init__(self, url: str):
        self.engine = database.engine_for(url)
        try:
            database.reach(self.engine)
            schema.migrate(self.engine)  # servers that start at once trip over each other, and try again
        except DBAPIError as error:
            self.engine.dispose()
            _LOG.exception("The database failed")
            raise InputError(database.sentence_for(error.orig)) from error
        database.watch(self.engine)

    def create(self, study: Study, pictures: Mapping[str, bytes] | None = None) -> tuple[str, str]:
        """Keep a study, with the PNG files of those of its pictures that are no samples; its key for
        participants and its key for results, which are known to nobody else."""
        keys = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        row = {
            "participants_key": _hidden(keys[0]),
            "results_key": _hidden(keys[1]),
            "settings": study.to_json(),
            "expires": min(study.expires, 1e12),
        }
        with self.engine.begin() as connection:
            made = connection.execute(insert(schema.STUDIES).values(row))
            (number,) = tuple(made.inserted_primary_key or ())
            for key, png in (pictures or {}).items():
                connection.execute(insert(schema.PICTURES).values(study_id=number, key=key, png=png))
        return keys

    def for_participants(self, key: str) -> tuple[int, Study] | None:
        """The study of a participants' key, with its id; None for a wrong or expired key."""
        return self._study(schema.STUDIES.c.participants_key, key)

    def for_results(self, key: str) -> tuple[int, Study] | None:
        """The study of a results' key, with its id; None for a wrong or expired key."""
        return self._study(schema.STUDIES.c.results_key, key)

    def _study(self, column: Column, key: str) -> tuple[int, Study] | None:
        # digests are looked up, so the time it takes says nothing about a key
        wanted = select(schema.STUDIES).where(column == _hidden(key), schema.STUDIES.c.expires > time.time())
        row = self._first(wanted)
        return None if row is None else (row.id, Study.from_json(row.settings))

    def picture(self, study: int, key: str) -> bytes:
        """The PNG file of a picture kept with the study; raises InputError where there is none."""
        table = schema.PICTURES
        row = self._first(select(table.c.png).where(table.c.study_id == study, table.c.key == key))
        if row is None:
            raise InputError(f"The study holds no picture {key!r}.")
        return row.png

    def join(self, study: int, name: str = "") -> str:
        """A new participant's token: who has it goes on where they stopped."""
        table, token = schema.PARTICIPANTS, secrets.token_urlsafe(16)
        row = {"study_id": study, "token": _hidden(token), "name": name.strip()[:LONGEST_NAME], "note": ""}
        taken = select(func.max(table.c.number)).where(table.c.study_id == study)
        joined = False
        while not joined:  # somebody else may take the number at the same moment
            (last,) = self._first(taken)
            row |= {"number": 0 if last is None else last + 1, "joined": time.time()}
            joined = self._once(table, row, ("study_id", "number"))
        return token

    def participant(self, study: int, token: str) -> Participant | None:
        """Who has this token in this study; None for nobody."""
        table = schema.PARTICIPANTS
        row = self._first(select(table).where(table.c.token == _hidden(token), table.c.study_id == study))
        return None if row is None else Participant(row.id, row.number, row.name, row.note)

    def answer(self, participant: int, question: int, value: int) -> bool:
        """Keep an answer, -2 (left clearly) ... 2 (right clearly); on return it is on the disk. False where
        the question had been answered: the first answer stands."""
        if value not in VALUES:
            raise InputError(f"The answer is {value!r}; -2, -1, 0, 1 and 2 are accepted.")
        row = {"participant_id": participant, "question": question, "value": value, "given": time.time()}
        return self._once(schema.ANSWERS, row, ("participant_id", "question"))

    def mark(self, participant: int, picture: str, box: Box) -> bool:
        """Keep where a participant expects the evidence, in shares 0..1 of the whole picture; the first mark
        of a picture stands, and False is returned for another."""
        if not (0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1):
            raise InputError(f"The mark is {box}; shares of the picture from 0 to 1 are accepted.")
        sides = {side: getattr(box, side) for side in ("x0", "y0", "x1", "y1")}
        row = {"participant_id": participant, "picture": picture} | sides
        return self._once(schema.MARKS, row, ("participant_id", "picture"))

    def note(self, participant: int, text: str) -> None:
        """Keep what a participant says at the end, in place of what was said before."""
        table = schema.PARTICIPANTS
        with self.engine.begin() as connection:
            change = update(table).where(table.c.id == participant).values(note=text.strip()[:LONGEST_NOTE])
            connection.execute(change)

    def answered(self, participant: int) -> set[int]:
        """The numbers of the questions that a participant has answered."""
        table = schema.ANSWERS
        with self.engine.connect() as connection:
            wanted = select(table.c.question).where(table.c.participant_id == participant)
            return set(connection.scalars(wanted))

    def marked(self, participant: int) -> set[str]:
        """The keys of the pictures that a participant has marked."""
        table = schema.MARKS
        with self.engine.connect() as connection:
            return set(
                connection.scalars(select(table.c.picture).where(table.c.participant_id == participant))
            )

    def participants(self, study: int) -> pd.DataFrame:
        """number, name, note and joined of everybody, in the order in which they came."""
        table = schema.PARTICIPANTS
        columns = (table.c.number, table.c.name, table.c.note, table.c.joined)
        return self._frame(select(*columns).where(table.c.study_id == study).order_by(table.c.number))

    def answers(self, study: int) -> pd.DataFrame:
        """All answers: participant (number), name, question, value, given."""
        people, table = schema.PARTICIPANTS, schema.ANSWERS
        columns = (people.c.number.label("participant"), people.c.name, table.c.question, table.c.value)
        joined = select(*columns, table.c.given).join(people, people.c.id == table.c.participant_id)
        return self._frame(joined.where(people.c.study_id == study).order_by(table.c.id))

    def marks(self, study: int) -> pd.DataFrame:
        """All marks: participant (number), picture, x0, y0, x1, y1 in shares of the whole picture."""
        people, table = schema.PARTICIPANTS, schema.MARKS
        columns = (people.c.number.label("participant"), table.c.picture)
        sides = (table.c.x0, table.c.y0, table.c.x1, table.c.y1)
        joined = select(*columns, *sides).join(people, people.c.id == table.c.participant_id)
        return self._frame(joined.where(people.c.study_id == study).order_by(table.c.id))

    def _once(self, table: Table, row: Mapping[str, Any], unique: tuple[str, ...]) -> bool:
        """Insert a row; False where the database has one with the same values of `unique`."""
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(table).values(row))
        except IntegrityError as error:
            same = select(table.c.id).where(*(table.c[name] == row[name] for name in unique))
            if self._first(same) is None:
                raise InputError(FORGOTTEN) from error
            return False
        return True

    def close(self) -> None:
        """End all connections."""
        self.engine.dispose()

    def _first(self, wanted: Any) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(wanted).first()

    def _frame(self, wanted: Any) -> pd.DataFrame:
        with self.engine.connect() as connection:
            return pd.read_sql(wanted, connection)


@cache
def open_store(url: str | None = None) -> StudyStore:
    """The studies at `url`, else of the file studies.sqlite in XAI_DATA_DIR, else in the user's cache folder
    for Saliency Lab."""
    if url is None:
        folder = folder_of("XAI_DATA_DIR")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _LOG.exception("The folder of the database cannot be made")
            raise InputError(database.UNWRITABLE) from error
        url = f"sqlite:///{folder / 'studies.sqlite'}"
    return StudyStore(url)


def _hidden(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
