"""Boards on disk: one folder each, under a name that nobody can guess.

    board = new_board()
    pins = change_board(board, lambda pins: (*pins, pin))

The folder is XAI_BOARDS_DIR, else saliency-lab/boards in the user's cache. A pin's files never change and are
written first; `board.json`, which lists the pins with their titles and notes, is replaced in one step after
that, and what it no longer names is removed last. So a crash at any moment leaves the board as it was, or as
it should be."""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from ..types import InputError
from .picture import PinnedPicture
from .pin import Pin, from_record, to_record

MAX_PINS = 100
_INDEX, _LOCK = "board.json", "lock"


def boards_folder() -> Path:
    """Where boards lie; it need not exist."""
    import pooch

    named = os.environ.get("XAI_BOARDS_DIR")
    return Path(named).expanduser() if named else Path(pooch.os_cache("saliency-lab")) / "boards"


def new_board() -> str:
    """The key of a board that does not exist yet: 128 random bits."""
    return secrets.token_urlsafe(16)


def is_board_key(text: str) -> bool:
    """Whether the text can be a key; also what keeps a key from being a path."""
    return re.fullmatch(r"[A-Za-z0-9_-]{22}", text) is not None


def read_board(key: str) -> tuple[Pin, ...]:
    """The pins in order. Raises InputError where there is no such board, or where its files are damaged."""
    home = _home(key)
    if not (home / _INDEX).is_file():
        raise InputError("This pinboard is not on this machine; a ZIP of it can be loaded.")
    with FileLock(home / _LOCK):
        return _read(home)


def pinned_picture(key: str, sha256: str) -> PinnedPicture:
    """The picture on a board whose sha256 begins so, at least 16 digits of it: who has the board's key may
    see what is pinned there. Raises InputError where there is none."""
    home = _home(key)
    try:
        records = json.loads((home / _INDEX).read_bytes())["pins"]
        for record in records:
            if len(sha256) >= 16 and record.get("image_sha256", "").startswith(sha256):
                file = (home / record["image"]).read_bytes()
                return PinnedPicture(file, record["image_name"], record["image_sha256"])
    except FileNotFoundError:
        raise InputError("The pinboard of this picture is not on this machine.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"The files of this pinboard are damaged ({error}).") from error
    raise InputError("This picture is not on its pinboard any more.")


def change_board(key: str, change: Callable[[tuple[Pin, ...]], Sequence[Pin]]) -> tuple[Pin, ...]:
    """Put what `change` makes of the pins in their place, and return it; a board that is not there has none.

    Changes of several people follow one another. Raises InputError for more than 100 pins."""
    home = _home(key)
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / _LOCK):
        pins = tuple(change(_read(home) if (home / _INDEX).is_file() else ()))
        if len(pins) > MAX_PINS:
            raise InputError(f"This would be {len(pins)} pins; a board holds {MAX_PINS}.")
        _write(home, pins)
    return pins


def _home(key: str) -> Path:
    if not is_board_key(key):
        raise InputError(f"There is no pinboard {key[:40]!r}.")
    return boards_folder() / key


def _read(home: Path) -> tuple[Pin, ...]:
    try:
        records = json.loads((home / _INDEX).read_bytes())["pins"]
        return tuple(_pin(home, json.dumps(record)) for record in records)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"The files of this pinboard are damaged ({error}).") from error


@lru_cache(maxsize=64)  # a pin's files never change
def _pin(home: Path, record: str) -> Pin:
    return from_record(json.loads(record), lambda name: (home / name).read_bytes())


def _write(home: Path, pins: Sequence[Pin]) -> None:
    records, needed = [], {_INDEX, _LOCK}
    for pin in pins:
        record, files = to_record(pin, pin.key)
        records.append(record)
        needed |= set(files)
        for name, data in files.items():
            if not (home / name).is_file():
                _replace(home / name, data)
    _replace(home / _INDEX, json.dumps({"pins": records}).encode())
    for path in home.iterdir():
        if path.name not in needed:
            path.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
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
