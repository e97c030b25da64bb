"""The connection to the database: durable, found again when it was gone, and its errors as sentences.

A server may lose its database while it runs. A connection over the network is tried before each use
(`pool_pre_ping`). A SQLite file that was deleted, moved or replaced stays open under its old connections, and
what is written through them is lost with them. So each use looks whether the file in that place is still the
one that is open, and no use makes a new file: as long as there is none, the database does not answer."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError, IntegrityError

from ..types import InputError

UNREACHABLE = (
    "The database of studies and kept pictures does not answer, or is damaged. Try again in a minute; "
    "whoever runs this server finds the cause in its log."
)
UNWRITABLE = (
    "Studies, answers and pictures cannot be kept on this server at the moment: its disk is full, or may not "
    "be written to. Whoever runs it can set XAI_DATA_DIR to a folder that can be written to, or DATABASE_URL."
)
PATIENCE = 10  # seconds for which a database on the network may be silent while it is connected to
_NO_WRITING = ("readonly database", "disk is full", "disk I/O error", "unable to open database file")
_LOG = logging.getLogger(__name__)


def engine_for(url: str) -> Engine:
    """The engine of a URL, also of one as hosts of databases write it."""
    scheme, colon, rest = url.partition("://")
    if scheme in ("postgres", "postgresql"):
        url = f"postgresql+psycopg{colon}{rest}"
    waiting = {"connect_timeout": PATIENCE} if url.startswith("postgresql+psycopg:") else {}
    engine = create_engine(url, pool_pre_ping=True, connect_args=waiting)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
    return engine


def reach(engine: Engine) -> None:
    """Connect once to a database on the network: what does not answer is not asked again and again."""
    if engine.dialect.name != "sqlite":
        engine.connect().close()


def watch(engine: Engine) -> None:
    """From now on errors are sentences, and a SQLite file that is gone is missed."""
    event.listen(engine, "handle_error", _in_a_sentence)
    named = engine.url.database
    if engine.dialect.name == "sqlite" and named not in (None, "", ":memory:"):
        _watch_file(engine, Path(str(named)))


def sentence_for(error: BaseException | None) -> str:
    """What is said for an error of the database."""
    return UNWRITABLE if any(words in str(error) for words in _NO_WRITING) else UNREACHABLE


def _watch_file(engine: Engine, file: Path) -> None:
    """Each use of a connection looks whether its file is still in its place."""

    def there(*_: object) -> None:
        if not file.is_file():
            _LOG.error("The database %s is gone", file)
            raise InputError(UNREACHABLE)

    def opened(_connection: Any, record: Any) -> None:
        record.info["file"] = _identity(file)

    def used(_connection: Any, record: Any, _proxy: object) -> None:
        there()
        if record.info.get("file") != _identity(file):
            raise DisconnectionError("another file lies in the place of the database")

    engine.dispose()  # connections from before were not looked at
    event.listen(engine, "do_connect", there)
    event.listen(engine, "connect", opened)
    event.listen(engine, "checkout", used)


def _identity(file: Path) -> tuple[int, int]:
    found = os.stat(file)
    return found.st_dev, found.st_ino


def _in_a_sentence(context: ExceptionContext) -> None:
    """A database that is down or damaged is a sentence for whoever asked, and a report in the log. What a
    caller expects (two rows of one key), and the ping that finds a lost connection, stay as they are."""
    if isinstance(context.sqlalchemy_exception, IntegrityError) or context.is_pre_ping:
        return
    _LOG.error("The database failed", exc_info=context.original_exception)
    raise InputError(sentence_for(context.original_exception)) from context.original_exception


def _durable(connection: Any, _record: object) -> None:
    """A commit is on the disk when it returns, and writers wait for one another."""
    cursor = connection.cursor()
    for line in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {line}")
    cursor.close()
