"""A follower's side of a meeting: he goes where the presenter goes, lets go, and comes back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from .. import state
from ..state.fields import PAGES
from . import meetings, pushing
from .meetings import OWN

if TYPE_CHECKING:
    from xai_core.meeting import Mark, Now

LOOK = 5.0  # seconds between two looks of a browser at where the presenter is, should it have missed a push
BEAT = 15.0  # seconds after which a follower says again that he is there
ENDED = "The meeting has ended. What you see is yours to explore."
_SEEN, _BEAT = "_moves_seen", "_beat"


def alone() -> bool:
    """Whether this follower has let go."""
    return bool(st.session_state.get(meetings.ALONE))


def led() -> bool:
    """Whether this visitor follows a presenter now, so that the presenter chooses for him."""
    role = meetings.mine() if state.get("follow") else None
    return role is not None and not role.presents and not alone()


def let_go(role: meetings.Role, gone: bool) -> None:
    """A follower explores by himself from now on, or comes back to the presenter."""
    st.session_state[meetings.ALONE] = gone
    st.session_state.pop(_SEEN, None)
    beat(role, at_once=True)


def beat(role: meetings.Role, at_once: bool = False) -> None:
    """A follower says that he is there."""
    last = st.session_state.get(_BEAT, 0.0)
    if role.person is not None and (at_once or time.monotonic() - last > BEAT):
        st.session_state[_BEAT] = time.monotonic()
        meetings.services().meetings.here(role.person, follows=not alone())
        if at_once:
            meetings.changed()


def to_follow(page: str) -> Now | None:
    """What the presenter shows, where that is elsewhere than this follower is; None where there is nothing to
    take over, or this visitor does not follow."""
    role = meetings.mine()
    if role is None or role.presents:
        return None
    shown = meetings.now(role.meeting)
    if shown is None or shown.ended:
        meetings.leave()
        state.complain(ENDED)
        return None
    if alone() or st.session_state.get(_SEEN) == shown.moves:
        return None
    here = (page, meetings.handed_on(state.query(page))) == (shown.page, dict(shown.query))
    if here or shown.page not in PAGES:  # before the first move there is no page
        st.session_state[_SEEN] = shown.moves
        return None
    return shown


def arrive(shown: Now) -> dict[str, str]:
    """Take over the presenter's address; the address of this follower."""
    if st.session_state.get(_SEEN) is not None:  # what was wrong with this follower's own link stays
        state.dismiss_problems()
    taken = state.take(shown.query, OWN)
    st.session_state[_SEEN] = shown.moves
    return taken


def listen(role: meetings.Role) -> None:
    """From now on the server begins a run of this follower where the presenter has moved."""
    if alone():
        pushing.leave()
    else:
        pushing.follow(role.meeting, st.session_state.get(_SEEN))


def must_look(role: meetings.Role) -> bool:
    """Whether something has happened at the presenter's that this follower has not looked at."""
    shown = meetings.now(role.meeting)
    if shown is None or shown.ended:
        return True
    return not alone() and st.session_state.get(_SEEN) != shown.moves


def mark() -> Mark | None:
    """What the presenter points at, for himself and for who follows him; None for everybody else."""
    role = meetings.mine()
    if role is None or alone():
        return None
    shown = meetings.now(role.meeting)
    return None if shown is None or shown.ended else shown.mark


def presented_board() -> str | None:
    """The key of the pinboard that the presenter shows to this follower, "" where it lies on another server;
    None where none is shown to him. The key stays in this process: who follows looks, and changes nothing."""
    if not led():
        return None
    meeting = meetings.mine().meeting
    shown = meetings.now(meeting)
    return meetings.BOARDS.get(meeting, "") if shown is not None and shown.page == "board" else None
