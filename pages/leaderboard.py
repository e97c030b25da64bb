"""Leaderboard: which method is better on a person's own pictures, and what cannot be told apart."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import compute
from pages._ui.leaderboard import about, board, choice
from pages._ui.leaderboard.presets import PRESETS
from pages._ui.results import rankings
from pages._ui.state.subject import Subject
from pages._ui.widgets import frames, layout, parameters, presets
from xai_core.escaping import in_markdown

PATIENCE = 15.0


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Leaderboard", PRESETS)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        data = choice.pictures(subject)
        layout.about_spec(about.RANKING)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        entries = parameters.choose_maps(subject.handle, "ranked_maps")
        by = choice.metrics()
    plan = choice.plan_of(entries, by)
    if not entries or not by:
        st.info("Choose at least one map and one metric.")
        return
    if data is None:
        return
    first = data.name == "samples"  # the page's first view starts by itself
    rows = f"{len(plan.rows)} methods on at most {min(len(data.examples), plan.budget or 1):,} pictures take"
    try:
        job = rankings.ranked(subject.model, data, plan)
        patience = compute.FIRST_LOOK if first else PATIENCE
        (found,) = compute.results(subject, [job], rows, "leaderboard", patience)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if found is None:
        frames.charts()
        return
    board.show(found)
