"""Trust study: do explanations lead people to the better network? A host asks, participants answer blind."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import state
from xai_core.escaping import in_markdown


def show() -> None:
    """The page. Its parts need a database library, which takes half a second to import, so they are imported
    when the page is first opened."""
    from pages._ui.study import host, outcome, take

    try:
        if state.get("take"):
            take.show()
        elif state.get("results"):
            outcome.show()
        else:
            st.title("Trust study")
            host.show()
    except xai.InputError as error:  # the database does not answer
        st.error(in_markdown(error))
