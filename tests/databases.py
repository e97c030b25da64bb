"""The database of a test: a file of its own, or with XAI_TEST_DATABASE_URL a PostgreSQL that the tests may
empty (run them with `-n 0`: they share it)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import MetaData, text

from xai_core.trust_study.database import engine_for


@contextmanager
def empty(folder: Path) -> Iterator[str]:
    """The address of an empty database."""
    server = os.environ.get("XAI_TEST_DATABASE_URL")
    if server is None:
        yield f"sqlite:///{folder / 'studies.sqlite'}"
        return
    _clear(server)
    yield server
    _clear(server)


def held(url: str) -> str:
    """Everything that stands in the database's rows."""
    engine, tables = engine_for(url), MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = {name: connection.execute(table.select()).all() for name, table in tables.tables.items()}
    engine.dispose()
    return repr(rows)


def _clear(server: str) -> None:
    engine = engine_for(server)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
