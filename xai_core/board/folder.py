"""A board's folder: who may write to it, what its list of pins says, and what does not belong there."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from ..types import InputError
from .plain_json import read_json

_LOG = logging.getLogger(__name__)
INDEX, LOCK = "board.json", "lock"
# 100 titles, notes and links of the greatest length, with six bytes a character
MAX_INDEX_BYTES, MAX_INDEX_VALUES = 8_000_000, 100_000


def read_index(home: Path) -> dict[str, Any]:
    """What board.json says: a name and a list of records. Raises InputError where it is damaged."""
    try:
        found = read_json((home / INDEX).read_bytes(), INDEX, MAX_INDEX_BYTES, MAX_INDEX_VALUES)
    except OSError as error:
        raise InputError(f"The files of this pinboard are damaged ({error.strerror or error}).") from error
    except InputError as error:
        raise InputError(f"The files of this pinboard are damaged: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("pins"), list):
        raise InputError("The files of this pinboard are damaged: board.json has no list of pins.")
    return found


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Nobody else changes the board for the length of the block. What a block that fails has written is
    removed."""
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / LOCK):
        try:
            yield
        except BaseException:
            with suppress(OSError, InputError):  # the first error is the one to tell
                tidy(home)
            raise


@contextmanager
def at_rest(home: Path) -> Iterator[None]:
    """Nobody changes the board for the length of the block. A folder that cannot be written to can have no
    lock, and needs none."""
    lock = FileLock(home / LOCK)
    try:
        lock.acquire()
    except OSError as error:
        _LOG.info("A board is read without its lock: %s", error)
    try:
        yield
    finally:
        lock.release()


def tidy(home: Path) -> None:
    """Remove the files that the list of pins does not name, and all of a board that has no list."""
    if not (home / INDEX).is_file():
        shutil.rmtree(home)
        return
    named = {value for record in read_index(home)["pins"] for value in files_in(record)}
    remove_all_but(home, named)


def files_in(record: object) -> set[str]:
    """Every text in a pin's record, the names of its files among them."""
    return set(filter(_is_text, record.values())) if isinstance(record, dict) else set()


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def remove_all_but(home: Path, named: Collection[str]) -> None:
    """Remove the files of a board that nothing names any more."""
    for path in home.iterdir():
        if path.name not in {*named, INDEX, LOCK}:
            path.unlink(missing_ok=True)


def replace_file(path: Path, data: bytes) -> None:
    """The file is whole, or as it was."""
    number, beside = tempfile.mkstemp(suffix=".writing", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
