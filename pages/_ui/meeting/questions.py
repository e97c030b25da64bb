"""Questions about what is shown, with votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown

from .. import state
from ..results import meetings
from ..results.meetings import Role
from ..widgets import layout
from ..widgets.links import page_link
from . import bar

if TYPE_CHECKING:
    from xai_core.meeting import Question

EVERY = 2.0  # seconds
MOST_SHOWN = 30


def show(role: Role) -> None:
    """The list, which follows by itself, and below it a question of one's own."""
    layout.heading("Questions")
    _list(role)
    if not role.presents:
        bar.ask(role, bar.LIVE)


@st.fragment(run_every=EVERY)
def _list(role: Role) -> None:
    try:
        every = meetings.services().questions.all(role.meeting)
        voted = set() if role.presents else meetings.services().questions.voted(role.person)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if not every:
        layout.blank("Nobody has asked yet")
    for one in every[:MOST_SHOWN]:
        with st.container(key=f"question-{one.id}", border=True, gap="small"):
            st.markdown(in_markdown(one.text))
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                _acts(role, one, one.id in voted)
    if len(every) > MOST_SHOWN:
        layout.note(f"{len(every) - MOST_SHOWN} more stand in the minutes.")


def _acts(role: Role, one: Question, voted: bool) -> None:
    count = f"{one.votes} {'wants' if one.votes == 1 else 'want'} to know"
    if role.presents:
        layout.note(count)
        own = {
            name: text for name, text in state.query(bar.LIVE).items() if name in ("lead", "follow", "board")
        }
        page_link(one.page, "Open its view", ":material/open_in_new:", dict(one.query) | own)
        label = "Reopen" if one.answered else "Answered"
        args = (role, one.id, not one.answered)
        st.button(in_markdown(label), key=f"answer-{one.id}", type="tertiary", on_click=_answer, args=args)
        return
    st.button(
        in_markdown(count),
        key=f"vote-{one.id}",
        icon=":material/check:" if voted else ":material/arrow_upward:",
        type="tertiary",
        disabled=one.answered,
        help="Your vote; a second click takes it back.",
        on_click=_vote,
        args=(role, one.id, not voted),
    )
    if one.answered:
        layout.note("Answered")


@state.told
def _answer(role: Role, question: int, answered: bool) -> None:
    meetings.services().questions.answer(role.meeting, question, answered)


@state.told
def _vote(role: Role, question: int, wanted: bool) -> None:
    if role.person is not None:
        meetings.services().questions.vote(question, role.person, wanted)
