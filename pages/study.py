"""Trust study: do explanations lead people to the better network? A host asks, participants answer blind."""

from __future__ import annotations

import streamlit as st

from pages._ui import state
from pages._ui.study import host, outcome, take


def show() -> None:
    """The page."""
    if state.get("take"):
        take.show()
    elif state.get("results"):
        outcome.show()
    else:
        st.title("Trust study")
        host.show()
