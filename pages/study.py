"""Trust study: do explanations lead people to the better network? A host asks, participants answer blind."""

from __future__ import annotations

import streamlit as st

from pages._ui import state, study_host, study_results, study_take
from pages._ui.subject import needs_nothing


def main() -> None:
    needs_nothing()
    if state.get("take"):
        study_take.show()
    elif state.get("results"):
        study_results.show()
    else:
        st.title("Trust study")
        study_host.show()


main()
