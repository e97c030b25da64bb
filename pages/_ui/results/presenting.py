"""The presenter's side of a meeting: what he shows to those who follow.

His address is handed on at the start of his run, so that followers compute together with him what is then
computed once for all, and again at its end, where the page may have changed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

import xai_core as xai

from .. import state
from ..state import address
from . import carried, database, meetings
from .visitor import who

if TYPE_CHECKING:
    from xai_core.meeting import Keys
    from xai_core.trust_study import Link

_SHOWN = "_shown_to_all"
_PICTURES = "_meeting_pictures"  # own pictures kept for this meeting: key of the picture -> its link


def begin() -> Keys:
    """A new meeting, which this visitor presents."""
    meetings.services().limits.spend("you begin a meeting", who(), 5, 600)
    keys = meetings.services().meetings.begin()
    state.put(lead=keys.presenter_key, follow=keys.code, seat="")
    st.session_state.pop(_SHOWN, None)
    return keys


def end() -> None:
    """The presenter ends it: nobody follows any more, and his own pictures are deleted from the server."""
    role = meetings.mine()
    if role is not None and role.presents:
        meetings.services().meetings.end(role.meeting)
        st.session_state[meetings.OVER] = role.meeting
        kept: dict[str, Link] = st.session_state.pop(_PICTURES, {})
        for link in kept.values():
            database.kept().remove(link.keeper_key)
        meetings.changed()


def presents() -> bool:
    """Whether this visitor presents a meeting that goes on."""
    role = meetings.mine() if state.get("lead") else None
    return role is not None and role.presents and st.session_state.get(meetings.OVER) != role.meeting


def point(sides: Sequence[float] | None) -> None:
    """The presenter points at a place, x and y, or at a box, x, y, x1, y1; None takes that back."""
    from xai_core.meeting import Mark

    role = meetings.mine()
    if role is not None and role.presents:
        meetings.services().meetings.point(role.meeting, None if sides is None else Mark(*sides))
        meetings.changed()


def show(page: str, query: dict[str, str], again: bool = False) -> bool:
    """Hand on where the presenter is, and whether he has moved; with `again` also where he has not, so that
    all look again."""
    role = meetings.mine() if state.get("lead") else None
    if role is None or not role.presents or st.session_state.get(meetings.OVER) == role.meeting:
        return False
    moved = False
    try:
        view = page, _with_picture(meetings.handed_on(query))
        moved = st.session_state.get(_SHOWN) != view
        if page == "board":
            meetings.BOARDS[role.meeting] = state.get("board")
        if moved or again:
            meetings.services().meetings.move(role.meeting, *view)
            st.session_state[_SHOWN] = view
            meetings.changed()
    except xai.InputError as error:
        state.complain(f"This view is not shown to others. {error}")
    return moved


def _hand_on(page: str, query: dict[str, str]) -> None:
    show(page, query)


def _with_picture(query: dict[str, str]) -> dict[str, str]:
    """The presenter's own picture is kept for the meeting, so that everybody sees it."""
    key = state.get("image")
    if not carried.is_carried(key) or key.startswith(carried.KEPT):
        return query
    kept: dict[str, Link] = st.session_state.get(_PICTURES, {})
    if key not in kept:
        found = carried.find(key)
        kept = kept | {key: database.kept().keep(carried.file(key), found.image.name, found.made)}
        st.session_state[_PICTURES] = kept
    return query | {"image": f"{carried.KEPT}{kept[key].key}"}


address.WRITTEN.append(_hand_on)
