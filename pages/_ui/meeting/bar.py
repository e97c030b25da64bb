"""What stands above every page while a meeting goes on, and takes those who follow to where the presenter is.

follow(page)      at the top of a run: a follower goes where the presenter is
show(page)        the bar
begin()           in the sidebar: the button with which a meeting begins"""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown

from .. import state
from ..results import following, meetings, presenting, pushing
from ..results.meetings import Role
from ..widgets.links import go_to, page_link

LIVE = "meeting"  # the key of the page
ABOUT = "Others see on their own devices what you see here, ask, and guess. You get a code to read aloud."
_SENT = "_question_sent"
COUNTED = 2.0  # seconds between two looks at how many follow


def follow(page: str) -> None:
    """A follower takes over the presenter's address. Where the presenter is on another page, this run ends
    and the next one is there."""
    try:
        shown = following.to_follow(page)
    except xai.InputError as error:  # the database does not answer
        state.complain(str(error))
        return
    if shown is not None:
        here = following.arrive(shown)
        if shown.page != page:
            go_to(shown.page, here)


def lead(page: str, again: bool = False) -> bool:
    """Those who follow a presenter are shown where he is; whether he has moved. With `again` they look again
    where he has not."""
    return presenting.show(page, state.query(page), again)


def show(page: str) -> None:
    """The bar; nothing for who is in no meeting."""
    try:
        role = meetings.mine()
        if role is None or role.presents:
            pushing.leave()
        if role is None:
            return
        with st.container(key="meeting", horizontal=True, vertical_alignment="center", gap="small"):
            _presenting(role, page) if role.presents else _following(role, page)
    except xai.InputError as error:
        st.error(in_markdown(error))


def begin() -> None:
    """The button, for who is in no meeting."""
    if not state.get("lead") and not state.get("follow"):
        st.button(
            "Present live",
            key="present-live",
            type="tertiary",
            icon=":material/co_present:",
            help=in_markdown(ABOUT),
            on_click=start,
        )


@state.told
def start() -> None:
    """Begin a meeting at the view that is shown."""
    if not state.get("lead"):
        presenting.begin()


def _presenting(role: Role, page: str) -> None:
    shown = meetings.now(role.meeting)
    if shown is not None and shown.ended:
        st.markdown("**Your meeting has ended**", width="content")
    else:
        st.markdown(f"**Presenting** `{in_markdown(state.get('follow'))}`", width="content")
        _count(role)
    if page != LIVE:
        _to_page("Code, guesses, questions", page)


@st.fragment(run_every=COUNTED)
def _count(role: Role) -> None:
    """How many follow, and how many questions are open."""
    try:
        count = meetings.following(role.meeting)
        asked = sum(not one.answered for one in meetings.services().questions.all(role.meeting))
    except xai.InputError as error:
        st.markdown(in_markdown(error), width="content")
        return
    questions = "" if not asked else " · 1 open question" if asked == 1 else f" · {asked} open questions"
    said = f"{count} {'follows' if count == 1 else 'follow'}{questions}"
    st.markdown(f":material/group: {in_markdown(said)}", width="content")


def _following(role: Role, page: str) -> None:
    following.listen(role)
    _tick(role)
    if following.alone():
        st.markdown("Exploring by yourself", width="content")
        st.button("Back to the presenter", type="primary", on_click=_let_go, args=(role, False))
    else:
        st.markdown(":material/visibility: **You follow the presenter**", width="content")
        st.button("Explore by yourself", type="tertiary", on_click=_let_go, args=(role, True))
    if page != LIVE:
        with st.popover("Ask", icon=":material/contact_support:", type="tertiary"):
            ask(role, page)
    st.button("Leave", type="tertiary", icon=":material/logout:", on_click=meetings.leave)


@st.fragment(run_every=following.LOOK)
def _tick(role: Role) -> None:
    """Draws nothing: it begins a run where the presenter has moved."""
    try:
        following.beat(role)
        look = following.must_look(role)
    except xai.InputError:
        return  # the database does not answer; the next look may find it
    if look:
        st.rerun()


def _let_go(role: Role, gone: bool) -> None:
    try:
        following.let_go(role, gone)
    except xai.InputError as error:
        state.complain(str(error))


def ask(role: Role, page: str) -> None:
    """A question about the view that is shown."""
    st.text_input(
        "Your question about this view",
        key="meeting-question",
        max_chars=280,
        placeholder="Why does the map miss the ear?",
    )
    st.button("Send", key="send-question", type="primary", on_click=_send, args=(role, page))
    if st.session_state.pop(_SENT, False):
        st.toast("Your question is with the presenter")


@state.told
def _send(role: Role, page: str) -> None:
    text = state.of_widget("meeting-question", "")
    if role.person is None:
        return
    view = meetings.handed_on(state.query(page))
    meetings.services().questions.ask(role.meeting, role.person, text, page, view)
    st.session_state["meeting-question"] = ""
    st.session_state[_SENT] = True


def _to_page(label: str, page: str) -> None:
    own = {
        name: text for name, text in state.query(page).items() if name in ("follow", "lead", "seat", "board")
    }
    subject = {name: text for name, text in state.query(page).items() if name in ("model", "image", "target")}
    page_link(LIVE, label, ":material/forum:", own | subject)
