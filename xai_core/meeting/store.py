"""Live meetings in a database: who presents, what is shown, who follows.

    meetings = Meetings(open_store().engine)          # in the database of the trust studies
    keys = meetings.begin()                           # Keys(code, presenter_key), known to nobody else
    number = meetings.for_presenter(keys.presenter_key)
    meetings.move(number, "gallery", {"model": "resnet50"})
    meetings.now(meetings.find(keys.code))            # Now(moves=1, page="gallery", ...)

What was acknowledged is on the disk. Codes and keys are kept as their sha256 only. Of a person nothing is
kept but the sha256 of a random token, and of a meeting nothing once its presenter has done nothing for 12
hours."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..trust_study.schema import migrate
from ..types import InputError
from . import schema
from .codes import new_code
from .marks import Mark, read_mark, write_mark
from .shown import Keys, Now

HOURS = 12  # without an act of the presenter, after which everything of a meeting is deleted
MOST_MEETINGS, MOST_PEOPLE, MOST_VIEWS = 200, 500, 1_000
LONGEST_QUERY = 8_000  # characters of an address, all its fields together
PRESENT = 40.0  # seconds for which somebody who was seen counts as present
GONE = "The meeting has ended, or it never was."


class Meetings:
    """The meetings of one database. Safe for threads and for several servers at once. `clock` gives the
    seconds since 1970."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time):
        self.engine, self.clock = engine, clock
        migrate(engine, schema.VERSIONS, schema.MIGRATIONS)

    def begin(self) -> Keys:
        """A new meeting. Raises InputError where as many go on as may."""
        table = schema.MEETINGS
        with self.engine.begin() as connection:
            self._sweep(connection)
            open_now = select(func.count()).where(table.c.ended.is_(None))
            if (connection.scalar(open_now) or 0) >= MOST_MEETINGS:
                raise InputError(f"{MOST_MEETINGS} meetings go on here, which is as many as may. Try later.")
        while True:
            keys = Keys(new_code(), secrets.token_urlsafe(16))
            try:
                with self.engine.begin() as connection:
                    connection.execute(insert(table).values(self._row(keys)))
            except IntegrityError:  # the code of another meeting
                continue
            return keys

    def _row(self, keys: Keys) -> dict[str, Any]:
        now = self.clock()
        return {
            "code": hidden(keys.code),
            "presenter_key": hidden(keys.presenter_key),
            "began": now,
            "used": now,
            "moves": 0,
            "page": "",
            "query": "{}",
            "mark": "",
        }

    def find(self, code: str) -> int | None:
        """The number of the meeting with this code; None for a wrong code, and once the meeting has ended."""
        return self._number(schema.MEETINGS.c.code, code, schema.MEETINGS.c.ended.is_(None))

    def for_presenter(self, key: str) -> int | None:
        """The number of the meeting with this presenter's key, also of one that was ended; None for a wrong
        key."""
        return self._number(schema.MEETINGS.c.presenter_key, key)

    def _number(self, column: Column, text: str, *more: Any) -> int | None:
        # digests are looked up, so the time it takes says nothing about a key
        alive = schema.MEETINGS.c.used > self.clock() - 3600 * HOURS
        with self.engine.connect() as connection:
            wanted = select(schema.MEETINGS.c.id).where(column == hidden(text), alive, *more)
            return connection.scalar(wanted)

    def now(self, meeting: int) -> Now | None:
        """What is shown; None for a meeting that is gone."""
        with self.engine.connect() as connection:
            row = connection.execute(select(schema.MEETINGS).where(schema.MEETINGS.c.id == meeting)).first()
        if row is None:
            return None
        return Now(row.moves, row.page, json.loads(row.query), read_mark(row.mark), row.ended is not None)

    def move(self, meeting: int, page: str, query: Mapping[str, str]) -> None:
        """The presenter shows this view. The same view once more is a move too, which asks all who follow to
        look again. Raises InputError for an address that is too long."""
        text, table = _address(page, query), schema.MEETINGS
        with self.engine.begin() as connection:
            row = self.use(connection, meeting)
            values: dict[str, Any] = {"moves": table.c.moves + 1, "page": page, "query": text}
            if (row.page, row.query) != (page, text):
                values["mark"] = ""  # it was made on another view
                self._keep_view(connection, meeting, page, text)
            connection.execute(update(table).where(table.c.id == meeting).values(values))

    def _keep_view(self, connection: Connection, meeting: int, page: str, text: str) -> None:
        """Put the view at the end of the path; the oldest views leave it."""
        table = schema.VIEWS
        row = {"meeting_id": meeting, "shown": self.clock(), "page": page, "query": text}
        connection.execute(insert(table).values(row))
        mine = table.c.meeting_id == meeting
        newest = select(table.c.id).where(mine).order_by(table.c.id.desc())
        first_left_out = connection.scalar(newest.offset(MOST_VIEWS).limit(1))
        if first_left_out is not None:
            connection.execute(delete(table).where(mine, table.c.id <= first_left_out))

    def point(self, meeting: int, mark: Mark | None) -> None:
        """What the presenter points at on the view that is shown, None for nothing; a move too."""
        table = schema.MEETINGS
        with self.engine.begin() as connection:
            self.use(connection, meeting)
            values = {"mark": write_mark(mark), "moves": table.c.moves + 1}
            connection.execute(update(table).where(table.c.id == meeting).values(values))

    def end(self, meeting: int) -> None:
        """Nobody follows any more; the minutes stay for the presenter."""
        with self.engine.begin() as connection:
            self.use(connection, meeting)
            table = schema.MEETINGS
            connection.execute(update(table).where(table.c.id == meeting).values(ended=self.clock()))

    def delete(self, meeting: int) -> None:
        """Forget everything of a meeting."""
        with self.engine.begin() as connection:
            connection.execute(delete(schema.MEETINGS).where(schema.MEETINGS.c.id == meeting))

    def join(self, meeting: int) -> str:
        """A new follower's token. Raises InputError where the meeting is full, or has ended."""
        table, token = schema.PEOPLE, secrets.token_urlsafe(16)
        with self.engine.begin() as connection:
            self.open_row(connection, meeting)
            count = connection.scalar(select(func.count()).where(table.c.meeting_id == meeting)) or 0
            if count >= MOST_PEOPLE:
                raise InputError(f"The meeting has {MOST_PEOPLE} followers, which is as many as it may have.")
            row = {"meeting_id": meeting, "token": hidden(token), "seen": self.clock(), "follows": 1}
            connection.execute(insert(table).values(row))
        return token

    def person(self, meeting: int, token: str) -> int | None:
        """Who has this token in this meeting; None for nobody."""
        table = schema.PEOPLE
        with self.engine.connect() as connection:
            wanted = select(table.c.id).where(table.c.token == hidden(token), table.c.meeting_id == meeting)
            return connection.scalar(wanted)

    def here(self, person: int, follows: bool) -> None:
        """A person is present now, and follows or explores by himself."""
        table = schema.PEOPLE
        with self.engine.begin() as connection:
            seen = {"seen": self.clock(), "follows": int(follows)}
            connection.execute(update(table).where(table.c.id == person).values(seen))

    def follows(self, person: int) -> bool:
        """Whether this person follows, and does not explore by himself."""
        table = schema.PEOPLE
        with self.engine.connect() as connection:
            return bool(connection.scalar(select(table.c.follows).where(table.c.id == person)))

    def following(self, meeting: int) -> int:
        """How many follow at the moment."""
        table = schema.PEOPLE
        with self.engine.connect() as connection:
            recent = table.c.seen > self.clock() - PRESENT
            wanted = select(func.count()).where(table.c.meeting_id == meeting, table.c.follows == 1, recent)
            return connection.scalar(wanted) or 0

    def views(self, meeting: int) -> list[tuple[float, str, dict[str, str]]]:
        """The path of views: when each was shown, its page and its address; the newest 1,000."""
        table = schema.VIEWS
        with self.engine.connect() as connection:
            newest = select(table).where(table.c.meeting_id == meeting).order_by(table.c.id.desc())
            rows = connection.execute(newest.limit(MOST_VIEWS)).all()
        return [(row.shown, row.page, json.loads(row.query)) for row in reversed(rows)]

    def began(self, meeting: int) -> float:
        """When it began."""
        with self.engine.connect() as connection:
            return self._row_of(connection, meeting).began

    def open_row(self, connection: Connection, meeting: int) -> Row:
        """The row of a meeting that goes on; raises InputError for any other."""
        row = self._row_of(connection, meeting)
        if row.ended is not None:
            raise InputError(GONE)
        return row

    def _row_of(self, connection: Connection, meeting: int) -> Row:
        row = connection.execute(select(schema.MEETINGS).where(schema.MEETINGS.c.id == meeting)).first()
        if row is None:
            raise InputError(GONE)
        return row

    def use(self, connection: Connection, meeting: int) -> Row:
        """The row of a meeting for an act of its presenter, which keeps it alive; raises InputError for one
        that has ended. Written first, so that acts of two tabs follow one another."""
        table = schema.MEETINGS
        goes_on = (table.c.id == meeting, table.c.ended.is_(None))
        if not connection.execute(update(table).where(*goes_on).values(used=self.clock())).rowcount:
            raise InputError(GONE)
        return self._row_of(connection, meeting)

    def _sweep(self, connection: Connection) -> None:
        old = schema.MEETINGS.c.used <= self.clock() - 3600 * HOURS
        connection.execute(delete(schema.MEETINGS).where(old))


def _address(page: str, query: Mapping[str, str]) -> str:
    text = json.dumps(dict(query), sort_keys=True)
    if len(page) > 40 or len(text) > LONGEST_QUERY:
        raise InputError(
            f"The address of this view has {len(page) + len(text):,} characters; at most {LONGEST_QUERY:,} "
            "are shown to others."
        )
    return text


def hidden(key: str) -> str:
    """The sha256 of a key, which alone is kept."""
    return hashlib.sha256(key.encode()).hexdigest()
