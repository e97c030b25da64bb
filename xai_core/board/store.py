"""Boards on disk: one folder each, under a name that nobody can guess.

    board = new_board()
    pins = change_board(board, lambda pins: (*pins, pin))

The folder is XAI_BOARDS_DIR, else saliency-lab/boards in the user's cache. A pin's files never change and are
written first; `board.json`, which lists the pins with their titles and notes, is replaced in one step after
that, and what it no longer names is removed last. So a crash at any moment leaves the board as it was, or as
it should be; `sweep_boards` removes the files that it leaves. Where nothing can be written (a full disk, a
folder that is read-only), boards can be read, and a change is refused in a sentence."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from cachetools import LRUCache, cached
from filelock import FileLock

from ..disk import folder_of, writing
from ..types import InputError
from .folder import INDEX, LOCK, alone, at_rest, files_in, read_index, remove_all_but, replace_file, tidy
from .picture import PinnedPicture
from .pin import Pin, damaged_pin, from_record, to_record
from .schema import MAX_TITLE, check_record

_LOG = logging.getLogger(__name__)

MAX_PINS = 100
FOLDER = "XAI_BOARDS_DIR"  # the variable that names the folder
KEPT_BYTES = 64_000_000  # of pins in memory; a larger one is read each time


def boards_folder() -> Path:
    """Where boards lie; it need not exist."""
    return folder_of(FOLDER, "boards")


def new_board() -> str:
    """The key of a board that does not exist yet: 128 random bits."""
    return secrets.token_urlsafe(16)


def is_board_key(text: str) -> bool:
    """Whether the text can be a key; also what keeps a key from being a path."""
    return re.fullmatch(r"[A-Za-z0-9_-]{22}", text) is not None


def read_board(key: str) -> tuple[Pin, ...]:
    """The pins in order; one whose files are damaged says so (`Pin.damage`). Raises InputError where there is
    no such board, or where its list of pins is damaged."""
    home = _home(key)
    if not (home / INDEX).is_file():
        raise InputError("This pinboard is not on this machine; a ZIP of it can be loaded.")
    with at_rest(home):
        return _read(home)


def pinned_picture(key: str, sha256: str) -> PinnedPicture:
    """The picture on a board whose sha256 begins so, at least 16 digits of it: who has the board's key may
    see what is pinned there. Raises InputError where there is none."""
    home = _home(key)
    try:
        if not (home / INDEX).is_file():
            raise InputError("The pinboard of this picture is not on this machine.")
        for record in read_index(home)["pins"]:
            if len(sha256) >= 16 and str(record.get("image_sha256", "")).startswith(sha256):
                check_record(record)
                file = (home / record["image"]).read_bytes()
                return PinnedPicture(file, record["image_name"], record["image_sha256"])
    except (OSError, AttributeError) as error:
        raise InputError(f"The files of this pinboard are damaged ({type(error).__name__}).") from error
    raise InputError("This picture is not on its pinboard any more.")


def pinned_sources(key: str) -> tuple[str, ...]:
    """The `source` of each pin in order, read from the list of pins alone; () where there is no such board,
    or its list is damaged, which `read_board` says."""
    index = _home(key) / INDEX
    try:
        found = index.stat()
        return _sources(index, found.st_mtime_ns, found.st_ino)
    except (OSError, InputError, AttributeError):
        return ()


@lru_cache(maxsize=64)
def _sources(index: Path, _time: int, _number: int) -> tuple[str, ...]:
    return tuple(str(record.get("source", "")) for record in read_index(index.parent)["pins"])


def change_board(key: str, change: Callable[[tuple[Pin, ...]], Sequence[Pin]]) -> tuple[Pin, ...]:
    """Put what `change` makes of the pins in their place, and return it; a board that is not there has none.

    Changes of several people follow one another. Raises InputError for more than 100 pins, and where nothing
    can be written; the board is then as it was."""
    home = _home(key)
    with writing("Pinboards", FOLDER), alone(home):
        there = (home / INDEX).is_file()
        pins = tuple(change(_read(home) if there else ()))
        if len(pins) > MAX_PINS:
            raise InputError(f"This would be {len(pins)} pins; a board holds {MAX_PINS}.")
        _write(home, pins, _name(home) if there else "")
    return pins


def board_name(key: str) -> str:
    """What the board is called; "" for one that has no name, and for one that is not there."""
    home = _home(key)
    return _name(home) if (home / INDEX).is_file() else ""


def name_board(key: str, name: str) -> None:
    """Give a board its name, at most 200 characters. Raises InputError where there is no such board, and
    where nothing can be written."""
    if len(name) > MAX_TITLE:
        raise InputError(f"The name has {len(name)} characters; {MAX_TITLE} are accepted.")
    home = _home(key)
    if not (home / INDEX).is_file():
        raise InputError("This pinboard is not on this machine.")
    with writing("Pinboards", FOLDER), alone(home):
        _write(home, _read(home), name)


def sweep_boards() -> None:
    """Delete what processes that were killed while they wrote have left: files that no list of pins names,
    and boards that never had a list. A board that somebody changes at the moment is left to him."""
    for home in boards_folder().glob("*"):
        try:
            if is_board_key(home.name) and home.is_dir():
                with FileLock(home / LOCK, timeout=0):
                    tidy(home)
        except (OSError, InputError) as error:  # in use, read-only or damaged: for whoever opens it
            _LOG.info("A board is not swept: %s", error)


def _home(key: str) -> Path:
    if not is_board_key(key):
        raise InputError(f"There is no pinboard {key[:40]!r}.")
    return boards_folder() / key


def _read(home: Path) -> tuple[Pin, ...]:
    """Every pin; one whose record or files are damaged is a pin that says so, and the others stand."""
    pins: dict[str, Pin] = {}
    for number, record in enumerate(read_index(home)["pins"]):
        pin = _pin(home, json.dumps(record))
        if pin.key in pins:  # a page knows a pin by its key
            key = hashlib.sha256(f"{pin.key} {number}".encode()).hexdigest()[:16]
            pin = dataclasses.replace(pin, key=key)
        pins[pin.key] = pin
    return tuple(pins.values())


def _bytes(pin: Pin) -> int:
    """About as much as the pin takes in memory."""
    size = len(pin.figure) + len(pin.note)
    if pin.seen is not None:
        size += len(pin.seen.file)
    if pin.map is not None:
        size += len(pin.map.picture) + len(pin.map.drawn) + pin.map.e.heatmap.nbytes
    return size


def _pin(home: Path, record: str) -> Pin:
    try:
        return _whole_pin(home, record)
    except InputError as error:
        reason = str(error)
    except OSError as error:
        reason = f"A file of this pin cannot be read ({error.strerror or error})."
    _LOG.warning("A pin of a board cannot be read: %s", reason)
    return damaged_pin(json.loads(record), reason)


@cached(LRUCache(KEPT_BYTES, _bytes), lock=threading.Lock())  # a pin's files never change
def _whole_pin(home: Path, record: str) -> Pin:
    return from_record(json.loads(record), lambda name: (home / name).read_bytes())


def _name(home: Path) -> str:
    found = read_index(home).get("name", "")
    return found[:MAX_TITLE].encode("utf-8", "replace").decode() if isinstance(found, str) else ""


def _write(home: Path, pins: Sequence[Pin], name: str) -> None:
    records, needed = [], set[str]()
    for pin in pins:
        record, files = to_record(pin, pin.key)
        records.append(record)
        needed |= set(files) | files_in(record)
        for file, data in files.items():
            if not (home / file).is_file():
                replace_file(home / file, data)
    replace_file(home / INDEX, json.dumps({"name": name, "pins": records}).encode())
    remove_all_but(home, needed)
