"""The tables of meetings, in the database of the trust studies, with a version of their own.

A migration is never changed once it is released; a change of the tables is a new one at the end of the list.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()  # `sqlite_autoincrement`: the number of what is gone never comes back


def _of(table: str, name: str) -> Column:
    return Column(name, ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False, index=True)


VERSIONS = Table(
    "meeting_version", METADATA, Column("version", Integer, primary_key=True, autoincrement=False)
)
MEETINGS = Table(
    "meetings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("code", String(64), nullable=False, unique=True),  # sha256 of the code, never the code
    Column("presenter_key", String(64), nullable=False, unique=True),
    Column("began", Float, nullable=False),
    Column("used", Float, nullable=False),  # when the presenter last did something
    Column("ended", Float),  # when the presenter ended it; nobody follows from then on
    Column("moves", Integer, nullable=False),
    Column("page", String(40), nullable=False),
    Column("query", Text, nullable=False),
    Column("mark", Text, nullable=False),  # what the presenter points at, as JSON; "" for nothing
    sqlite_autoincrement=True,
)
PEOPLE = Table(
    "meeting_people",
    METADATA,
    Column("id", Integer, primary_key=True),
    _of("meetings", "meeting_id"),
    Column("token", String(64), nullable=False, unique=True),
    Column("seen", Float, nullable=False),
    Column("follows", Integer, nullable=False),
    sqlite_autoincrement=True,
)
VIEWS = Table(
    "meeting_views",
    METADATA,
    Column("id", Integer, primary_key=True),
    _of("meetings", "meeting_id"),
    Column("shown", Float, nullable=False),
    Column("page", String(40), nullable=False),
    Column("query", Text, nullable=False),
)
ROUNDS = Table(
    "meeting_rounds",
    METADATA,
    Column("id", Integer, primary_key=True),
    _of("meetings", "meeting_id"),
    Column("number", Integer, nullable=False),
    Column("asked", Text, nullable=False),
    Column("opened", Float, nullable=False),
    Column("revealed", Float),
    Column("outcome", Text, nullable=False),
    Column("picture", LargeBinary),  # with the map and all marks
    UniqueConstraint("meeting_id", "number"),
    sqlite_autoincrement=True,
)
MARKS = Table(
    "meeting_marks",
    METADATA,
    Column("id", Integer, primary_key=True),
    _of("meeting_rounds", "round_id"),
    _of("meeting_people", "person_id"),
    Column("x", Float, CheckConstraint("x BETWEEN 0 AND 1"), nullable=False),
    Column("y", Float, CheckConstraint("y BETWEEN 0 AND 1"), nullable=False),
    UniqueConstraint("round_id", "person_id"),
)
QUESTIONS = Table(
    "meeting_questions",
    METADATA,
    Column("id", Integer, primary_key=True),
    _of("meetings", "meeting_id"),
    _of("meeting_people", "person_id"),
    Column("text", Text, nullable=False),
    Column("page", String(40), nullable=False),
    Column("query", Text, nullable=False),
    Column("asked", Float, nullable=False),
    Column("answered", Integer, nullable=False),
    sqlite_autoincrement=True,
)
VOTES = Table(
    "meeting_votes",
    METADATA,
    Column("id", Integer, primary_key=True),
    _of("meeting_questions", "question_id"),
    _of("meeting_people", "person_id"),
    UniqueConstraint("question_id", "person_id"),
)


def _live_meetings(connection: Connection) -> None:
    METADATA.create_all(connection, tables=[MEETINGS, PEOPLE, VIEWS, ROUNDS, MARKS, QUESTIONS, VOTES])


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_live_meetings,)
