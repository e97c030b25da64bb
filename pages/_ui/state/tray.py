"""The pictures that this visitor brought: the last ten, newest first, for as long as the session lives.

A picture is held as the bytes of its file, so that ten photographs of a phone take some 40 MB and not a
gigabyte; all together take 40 MB at most (20 MB on a small server), and the newest stays in any case. Its key
names its content, so that two files of one name are two pictures."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from weakref import WeakValueDictionary

import streamlit as st

import xai_core as xai

from . import small

MOST = 10
UPLOAD = "upload:"
FULL = "The server holds as many pictures of its visitors as it can. Try again in some minutes."


@dataclass(frozen=True)
class Brought:
    """A picture of this visitor: `data` is its file. `made` says what an attack did to it ("hen to vulture"),
    and `origin` is the key of the picture that was attacked."""

    name: str
    data: bytes
    made: str = ""
    origin: str = ""

    @property
    def key(self) -> str:
        """What the field `image` holds for it: upload:1f2e3d4c5b6a7980:hen.jpg"""
        return f"{UPLOAD}{hashlib.sha256(self.data).hexdigest()[:16]}:{self.name}"


_HELD: WeakValueDictionary[int, Brought] = WeakValueDictionary()  # by id, of all visitors
_GUARD = threading.Lock()


def pictures() -> tuple[Brought, ...]:
    """All of them, newest first."""
    return st.session_state.get("_tray", ())


def find(key: str) -> Brought | None:
    """The picture of that key; None for one that is not here, or not any more."""
    return next((one for one in pictures() if one.key == key), None)


def add(one: Brought) -> None:
    """Put a picture in front. What is here already moves there; the oldest leave. Raises InputError where
    the pictures of all visitors take as much memory as they may."""
    with _GUARD:
        others = sum(len(held.data) for held in _HELD.values() if held is not one)
        if others + len(one.data) > small.uploads_bytes():
            raise xai.InputError(FULL)
        _HELD[id(one)] = one
    kept: list[Brought] = [one]
    size = len(one.data)
    for other in pictures():
        size += len(other.data)
        if other.key != one.key and len(kept) < MOST and size <= small.tray_bytes():
            kept.append(other)
    st.session_state["_tray"] = tuple(kept)


def remove(key: str) -> None:
    """Forget a picture, and those that were made of it."""
    st.session_state["_tray"] = tuple(one for one in pictures() if key not in (one.key, one.origin))


def name_in(key: str) -> str:
    """The file's name in a key; links of earlier versions hold nothing else."""
    head, _, name = key.removeprefix(UPLOAD).partition(":")
    return name if len(head) == 16 and name else key.removeprefix(UPLOAD)
