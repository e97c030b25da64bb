"""Pictures kept for a link: stored under the sha256 of their file, reached only by a key that cannot be
guessed, and gone after 30 days or when their keeper says so.

    links = KeptPictures(open_store().engine)            # in the database of the trust studies
    link = links.keep(file, "hen.jpg")                   # Link(key, keeper_key, expires)
    links.find(link.key)                                 # KeptPicture, or None once it is gone
    links.remove(link.keeper_key)

Keys are kept as their sha256 only. Who has the key may look, and who has the keeper's key may remove. A
picture that several keep is stored once, and goes with the last of its links."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from ..types import InputError
from . import schema
from .design import DAY

DAYS = 30
LOCK = 20_577  # of PostgreSQL, taken before anything is kept or removed: otherwise two of them may deadlock
MAX_MB = 10  # of one picture's file
MAX_ALL_MB = 1000  # of all kept pictures together
LONGEST_NAME = 200


@dataclass(frozen=True)
class Link:
    """The two keys of a kept picture, which are known to nobody else, and when it goes (seconds since
    1970)."""

    key: str
    keeper_key: str
    expires: float


@dataclass(frozen=True)
class KeptPicture:
    """A kept picture without its file: `number` is that of its link, `sha256` that of the file, and `made`
    what was done to the picture."""

    number: int
    sha256: str
    name: str
    made: str
    expires: float


class KeptPictures:
    """The kept pictures of one database. Safe for threads and for several servers at once."""

    def __init__(self, engine: Engine):
        self.engine = engine

    def keep(self, file: bytes, name: str, made: str = "") -> Link:
        """Keep a picture's file for 30 days. Either all of it is on the disk on return, or nothing is. Raises
        InputError for a file that is too large, or where there is no more room."""
        if len(file) > MAX_MB * 1_000_000:
            raise InputError(
                f"The picture's file has {len(file) / 1e6:.1f} MB; up to {MAX_MB} MB are kept. Save it "
                "smaller, upload that, and keep it."
            )
        link = Link(secrets.token_urlsafe(16), secrets.token_urlsafe(16), time.time() + DAYS * DAY)
        row = {
            "key": _hidden(link.key),
            "keeper_key": _hidden(link.keeper_key),
            "sha256": hashlib.sha256(file).hexdigest(),
            "name": name[:LONGEST_NAME],
            "made": made[:LONGEST_NAME],
            "expires": link.expires,
        }
        self._in_peace(lambda connection: _insert(connection, row, file))
        return link

    def find(self, key: str) -> KeptPicture | None:
        """The picture of a link; None for a wrong key, and for one that is gone."""
        return self._found(schema.KEPT_LINKS.c.key, key)

    def for_keeper(self, keeper_key: str) -> KeptPicture | None:
        """The picture of a keeper's key; None for a wrong key, and for one that is gone."""
        return self._found(schema.KEPT_LINKS.c.keeper_key, keeper_key)

    def file(self, key: str) -> bytes:
        """The file of a link's picture. Raises InputError where it is gone, or is not what was kept."""
        links, files = schema.KEPT_LINKS, schema.KEPT_FILES
        wanted = select(files.c.file, files.c.sha256).join(links, links.c.sha256 == files.c.sha256)
        with self.engine.connect() as connection:
            row = connection.execute(wanted.where(*_valid(links.c.key, key))).first()
        if row is None:
            raise InputError("There is no kept picture of this key.")
        if hashlib.sha256(row.file).hexdigest() != row.sha256:
            raise InputError("The kept picture is damaged.")
        return row.file

    def remove(self, keeper_key: str) -> bool:
        """Forget a picture; False where there was none of this keeper's key."""
        links = schema.KEPT_LINKS

        def step(connection: Connection) -> bool:
            gone = connection.execute(delete(links).where(links.c.keeper_key == _hidden(keeper_key)))
            _sweep(connection)
            return gone.rowcount > 0

        return self._in_peace(step)

    def sweep(self) -> None:
        """Remove what has expired."""
        self._in_peace(_sweep)

    def _found(self, column: Any, key: str) -> KeptPicture | None:
        links = schema.KEPT_LINKS
        columns = (links.c.id, links.c.sha256, links.c.name, links.c.made, links.c.expires)
        with self.engine.connect() as connection:
            row = connection.execute(select(*columns).where(*_valid(column, key))).first()
        return None if row is None else KeptPicture(*row)

    def _in_peace(self, step: Callable[[Connection], Any]) -> Any:
        """Run a step in one transaction, and again, twice at most, where somebody else kept or removed the
        same picture at the same moment."""
        for attempt in range(3):
            try:
                with self.engine.begin() as connection:
                    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
                        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
                    return step(connection)
            except IntegrityError:
                if attempt == 2:
                    raise
            except DBAPIError as error:
                raise InputError(f"The database of kept pictures does not answer ({error.orig}).") from error
        raise AssertionError("the loop returns or raises")


def _valid(column: Any, key: str) -> tuple[Any, ...]:
    # digests are looked up, so the time it takes says nothing about a key
    return column == _hidden(key), schema.KEPT_LINKS.c.expires > time.time()


def _insert(connection: Connection, row: dict[str, Any], file: bytes) -> None:
    files = schema.KEPT_FILES
    _sweep(connection)
    there = connection.scalar(select(files.c.sha256).where(files.c.sha256 == row["sha256"]))
    if there is None:
        taken = connection.scalar(select(func.coalesce(func.sum(files.c.size), 0))) or 0
        if taken + len(file) > MAX_ALL_MB * 1_000_000:
            raise InputError("This server keeps no more pictures at the moment: the room for them is full.")
        connection.execute(insert(files).values(sha256=row["sha256"], file=file, size=len(file)))
    connection.execute(insert(schema.KEPT_LINKS).values(row))


def _sweep(connection: Connection) -> None:
    """Remove expired links, and the files that no link names any more."""
    links, files = schema.KEPT_LINKS, schema.KEPT_FILES
    connection.execute(delete(links).where(links.c.expires <= time.time()))
    connection.execute(delete(files).where(files.c.sha256.not_in(select(links.c.sha256))))


def _hidden(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
