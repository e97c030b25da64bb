"""Live meeting: everyone sees what the presenter sees, guesses before a map is shown, and asks."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui.meeting import guess, minutes, questions, way_in
from pages._ui.results import meetings
from pages._ui.state.subject import Subject
from xai_core.escaping import in_markdown


def show(subject: Subject) -> None:
    """The page, as its visitor has a part in a meeting or none."""
    st.title("Live meeting")
    try:
        role = meetings.mine()
        shown = meetings.now(role.meeting) if role else None
        if role is None or shown is None:
            way_in.show()
        elif role.presents:
            _presenter(role, subject, shown.ended)
        else:
            left, right = st.columns([1.15, 1], gap="large")
            with left:
                guess.follower(role, subject)
            with right:
                questions.show(role)
    except xai.InputError as error:  # the database does not answer
        st.error(in_markdown(error))


def _presenter(role: meetings.Role, subject: Subject, ended: bool) -> None:
    if not ended:
        way_in.invitation()
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        guess.presenter(role, subject, ended)
    with right:
        questions.show(role)
        minutes.show(role, ended)
