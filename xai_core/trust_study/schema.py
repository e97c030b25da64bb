"""The tables of trust studies and of kept pictures, and how an older database becomes a new one.

A migration is never changed once it is released; a change of the tables is a new one at the end of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError

from ..types import InputError

METADATA = MetaData()


def _study() -> Column:
    return Column("study_id", ForeignKey("studies.id", ondelete="CASCADE"), nullable=False)


def _participant() -> Column:
    return Column("participant_id", ForeignKey("participants.id", ondelete="CASCADE"), nullable=False)


VERSIONS = Table(
    "schema_version", METADATA, Column("version", Integer, primary_key=True, autoincrement=False)
)
STUDIES = Table(
    "studies",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("participants_key", String(64), nullable=False, unique=True),  # sha256 of the key, never the key
    Column("results_key", String(64), nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    Column("expires", Float, nullable=False),
)
PICTURES = Table(
    "pictures",
    METADATA,
    Column("id", Integer, primary_key=True),
    _study(),
    Column("key", String(64), nullable=False),
    Column("png", LargeBinary, nullable=False),
    UniqueConstraint("study_id", "key"),
)
PARTICIPANTS = Table(
    "participants",
    METADATA,
    Column("id", Integer, primary_key=True),
    _study(),
    Column("number", Integer, nullable=False),
    Column("token", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("joined", Float, nullable=False),
    UniqueConstraint("study_id", "number"),
)
ANSWERS = Table(
    "answers",
    METADATA,
    Column("id", Integer, primary_key=True),
    _participant(),
    Column("question", Integer, nullable=False),
    Column("value", Integer, CheckConstraint("value BETWEEN -2 AND 2"), nullable=False),
    Column("given", Float, nullable=False),
    UniqueConstraint("participant_id", "question"),
)
MARKS = Table(
    "marks",
    METADATA,
    Column("id", Integer, primary_key=True),
    _participant(),
    Column("picture", String(64), nullable=False),
    *(Column(side, Float, nullable=False) for side in ("x0", "y0", "x1", "y1")),
    UniqueConstraint("participant_id", "picture"),
)
KEPT_FILES = Table(
    "kept_files",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("file", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
)
KEPT_LINKS = Table(
    "kept_links",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # sha256 of the key, never the key
    Column("keeper_key", String(64), nullable=False, unique=True),
    Column("sha256", ForeignKey("kept_files.sha256"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("expires", Float, nullable=False),
)


def _blind_study(connection: Connection) -> None:
    METADATA.create_all(connection, tables=[STUDIES, PICTURES, PARTICIPANTS, ANSWERS])


def _guess_first(connection: Connection) -> None:
    METADATA.create_all(connection, tables=[MARKS])


def _kept_pictures(connection: Connection) -> None:
    METADATA.create_all(connection, tables=[KEPT_FILES, KEPT_LINKS])


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_blind_study, _guess_first, _kept_pictures)


def migrate(
    engine: Engine, versions: Table | None = None, steps: Sequence[Callable[[Connection], None]] | None = None
) -> None:
    """Bring the tables of studies up to date, or those of another part of the library by its table of
    versions and its steps; each step in a transaction of its own. Several servers may start at once: each
    step is claimed by its version's row, and who comes second looks again. Raises InputError for a database
    that a newer version wrote."""
    table, tables = (VERSIONS, MIGRATIONS) if versions is None or steps is None else (versions, steps)
    for attempt in range(5):
        try:
            _migrate(engine, table, tables)
            return
        except DBAPIError:
            if attempt == 4:
                raise


def _migrate(engine: Engine, versions: Table, steps: Sequence[Callable[[Connection], None]]) -> None:
    with engine.begin() as connection:
        versions.metadata.create_all(connection, tables=[versions])
    for version, step in enumerate(steps, 1):
        with engine.begin() as connection:
            present = connection.scalar(select(func.max(versions.c.version))) or 0
            if present > len(steps):
                raise InputError(
                    f"The studies' database has version {present}; up to {len(steps)} is accepted."
                )
            if present < version:
                connection.execute(insert(versions).values(version=version))
                step(connection)
