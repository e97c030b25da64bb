"""Studies: classic assignments from beginning to end, each one click, ending in a report."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import compute, state
from pages._ui.studies import report, tasks, work
from pages._ui.widgets import choose, layout
from xai_core.escaping import in_markdown
from xai_core.studies import STUDIES


def show() -> None:
    """The page."""
    st.title("Studies")
    names = {key: recipe.title for key, recipe in STUDIES.items()}
    recipe = STUDIES[choose.one_of("Study", names, "study_name", titled=False)]
    layout.note(recipe.source)
    layout.say(recipe.about)
    try:
        job = work.of(recipe)
        found = compute.known(job) or compute.on_click(job, "Do the study", "study", "All tasks take")
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if found is None:
        tasks.listed(recipe)
    else:
        report.show(found)
    state.keep("study_name", recipe.key)
