"""Clever Hans: which pictures of a class the network answers by something else than the class."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import compute
from pages._ui.results import searches
from pages._ui.sets import labelled
from pages._ui.spuriosity import settings, shown
from pages._ui.spuriosity.presets import PRESETS
from pages._ui.state.subject import Subject
from pages._ui.widgets import frames, layout, measures, presets
from xai_core.escaping import in_markdown


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Clever Hans", PRESETS)
    data = labelled.open_set(subject, "searched")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        search = settings.chosen(subject)
        layout.about_spec(measures.CLEVER_HANS)
    if data is None or search is None:
        return
    try:
        job = searches.found(subject.model, data, search)
        words = f"{len(data.examples):,} maps, and a few hundred changed pictures for each cluster, take"
        (found,) = compute.results(subject, [job], words, "search", button="Search")
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if found is None:
        frames.charts()
        return
    shown.show(subject, data, found)
