"""The live meeting of this visitor: what part he has in it, and what is shown there.

Whoever looks where the presenter is, is answered from one reading of the database for all of this process,
which is at most `FRESH` seconds old and is read again at once after whatever this process has written. With
several servers at one database, followers at another server than the presenter's are behind by no more than
that and `pushing.LOOK`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import streamlit as st
from cachetools import LRUCache

import xai_core as xai

from .. import state
from ..state.fields import FIELDS
from ..state.shared import KEYS
from . import database
from .visitor import who

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from xai_core.meeting import Limits, Meetings, Now, Questions, Rounds

FRESH = 0.2  # seconds
OWN = (*KEYS, "projector")  # fields that stay a follower's own
NOBODY = "There is no meeting of this code, or it has ended. Ask the presenter for the code."
NO_LEAD = "This key presents no meeting: it has ended, or the key is not complete."
_ROLE = "_role"
ALONE = "_alone"  # this follower has let go
OVER = "_meeting_over"  # the number of the meeting that this presenter has ended


@dataclass(frozen=True)
class Role:
    """The part of this visitor: he presents the meeting, or is `person` among those who follow."""

    meeting: int
    person: int | None = None

    @property
    def presents(self) -> bool:
        """Whether he presents."""
        return self.person is None


@dataclass(frozen=True)
class Services:
    """What a database knows of meetings, and the limits of this process."""

    meetings: Meetings
    rounds: Rounds
    questions: Questions
    limits: Limits


def services() -> Services:
    """Those of the app's database. Raises InputError where it does not answer."""
    return _services(database.store().engine)


@lru_cache(maxsize=4)
def _services(engine: Engine) -> Services:
    from xai_core.meeting import Limits, Meetings, Questions, Rounds

    meetings = Meetings(engine)
    return Services(meetings, Rounds(meetings), Questions(meetings), Limits())


class _Read:
    """What was read of each meeting, and when."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.read: dict[Any, tuple[float, Any]] = {}

    def get(self, key: Any, fresh: float, read: Callable[[], Any]) -> Any:
        """The value, read again where it is older than `fresh` seconds; once for all who ask meanwhile."""
        with self.guard:
            found = self.read.get(key)
            if found is None or time.monotonic() - found[0] > fresh:
                if len(self.read) > 1_000:
                    self.read.clear()
                found = self.read[key] = time.monotonic(), read()
            return found[1]

    def forget(self) -> None:
        """After something was written."""
        with self.guard:
            self.read.clear()


_READ = _Read()
WRITTEN = threading.Event()  # this process has written something about a meeting
BOARDS: LRUCache[int, str] = LRUCache(500)  # the presenter's pinboard of each meeting, by its number


def changed() -> None:
    """After this process has written something about a meeting."""
    _READ.forget()
    WRITTEN.set()


def now(meeting: int) -> Now | None:
    """What is shown there."""
    store = services().meetings
    return _READ.get((store.engine, meeting), FRESH, lambda: store.now(meeting))


def following(meeting: int) -> int:
    """How many follow, a second old at most."""
    store = services().meetings
    return _READ.get((store.engine, meeting, "people"), 1.0, lambda: store.following(meeting))


def mine() -> Role | None:
    """The part of this visitor; None for who is in no meeting. A code or a key that opens nothing is taken
    out of the address, with a sentence."""
    named = (state.get("lead"), state.get("follow"))
    if not any(named):
        st.session_state.pop(_ROLE, None)
        return None
    known = st.session_state.get(_ROLE)
    if known is not None and known[0] == named:
        return known[1]
    try:
        role = _leads(named[0]) if named[0] else _follows(named[1])
    except xai.InputError as error:
        state.complain(str(error))
        state.put(**{"lead" if named[0] else "follow": "", "seat": ""})
        return None
    st.session_state[_ROLE] = (named, role)
    # who explored by himself still does when his page is loaded again
    st.session_state[ALONE] = role.person is not None and not services().meetings.follows(role.person)
    return role


def _leads(key: str) -> Role:
    _check_guesses()
    found = services().meetings.for_presenter(key)
    if found is None:
        _wrong()
        raise xai.InputError(NO_LEAD)
    shown = services().meetings.now(found)
    st.session_state[OVER] = found if shown is None or shown.ended else None
    return Role(found)


def _follows(code: str) -> Role:
    """The seat of the address, or a new one."""
    _check_guesses()
    store = services().meetings
    meeting = store.find(code)
    if meeting is None:
        _wrong()
        raise xai.InputError(NOBODY)
    seat = state.get("seat")
    person = store.person(meeting, seat) if seat else None
    if person is None:
        services().limits.spend("you join meetings", who(), 20, 600)
        seat = store.join(meeting)
        person = store.person(meeting, seat)
        state.put_quietly("seat", seat)
        changed()
    return Role(meeting, person)


def _check_guesses() -> None:
    """Who has tried many wrong codes waits; so does everybody where the whole server is tried."""
    limits = services().limits
    if not (limits.allows("wrong", who(), 10, 60) and limits.allows("wrong", "", 600, 60)):
        raise xai.InputError("Too many wrong codes were tried. Wait a minute, and open the link again.")


def _wrong() -> None:
    limits = services().limits
    limits.spend("wrong", who(), 10, 60)
    limits.spend("wrong", "", 600, 60)


def leave() -> None:
    """This visitor is in no meeting any more."""
    state.put(lead="", follow="", seat="")
    st.session_state.pop(_ROLE, None)


def handed_on(query: dict[str, str]) -> dict[str, str]:
    """An address without what lets somebody in, and without what is this visitor's own."""
    own = {field.name for field in FIELDS.values() if field.key in OWN}
    return {name: text for name, text in query.items() if name not in own}
