"""The minutes: what was shown, guessed, asked and pinned, to be carried away as one file."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.board import Pin, read_board
from xai_core.escaping import in_markdown

from .. import state
from ..results import meetings
from ..results.meetings import Role
from ..widgets import layout

NAME = "Minutes of a live meeting"


def show(role: Role, ended: bool) -> None:
    """The presenter's downloads."""
    layout.heading("Minutes")
    views = len(meetings.services().meetings.views(role.meeting))
    pins = _pins()
    layout.note(
        f"{views} {'view' if views == 1 else 'views'} shown, {len(pins)} on your pinboard. Questions and "
        "rounds go along. All of it is deleted from this server 12 hours after your last click."
    )
    with st.container(horizontal=True):
        for kind, ending, mime in (("HTML", "html", "text/html"), ("ZIP", "zip", "application/zip")):
            st.download_button(
                in_markdown(f"Minutes as {kind}"),
                lambda ending=ending: _file(role, ending),
                f"minutes.{ending}",
                mime,
                key=f"minutes-{ending}",
                on_click="ignore",
                icon=":material/download:",
            )
        if ended:
            st.button("Leave and delete them", type="tertiary", on_click=_delete, args=(role,))


def _file(role: Role, ending: str) -> str | bytes:
    from xai_core.meeting.minutes import collect, minutes_html, minutes_zip

    here = meetings.services()
    found = collect(here.meetings, here.rounds, here.questions, role.meeting)
    return (minutes_html if ending == "html" else minutes_zip)(found, _pins(), NAME)


def _pins() -> tuple[Pin, ...]:
    try:
        return read_board(state.get("board")) if state.get("board") else ()
    except xai.InputError:
        return ()  # no board of this key: nothing was pinned


@state.told
def _delete(role: Role) -> None:
    meetings.services().meetings.delete(role.meeting)
    meetings.leave()
