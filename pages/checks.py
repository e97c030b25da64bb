"""Checks: a question about a network's maps, answered over a set of pictures by pass, fail or undecided."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import compute, state
from pages._ui.checks import choices, verdict, work, worst
from pages._ui.checks.presets import PRESETS
from pages._ui.sets import labelled
from pages._ui.state.subject import Subject
from pages._ui.widgets import choose, frames, layout, presets
from xai_core.escaping import in_markdown
from xai_core.testing import KINDS

PATIENCE = 2 * compute.FIRST_LOOK  # of what it takes at most; most checks are settled long before that


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Checks", PRESETS)
    layout.purpose("Does this network look at the right thing? Asked of many pictures, with a verdict.")
    names = {key: kind.title for key, kind in KINDS.items()}
    kind = KINDS[choose.one_of("Question", names, "check_kind", titled=False)]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        entry = choices.choose_map(subject)
    data = labelled.open_set(subject, "checked_on")
    choices.settings(kind)
    if data is None:
        return
    try:
        check = choices.check_now(kind, entry, subject)
        job = work.of(subject.model, data, check)
        name = f"At most {len(data.examples):,} pictures are looked at, which takes at most"
        (found,) = compute.results(subject, [job], name, "check", PATIENCE, "Check")
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if found is None:
        frames.charts()
        return
    verdict.show(found)
    if found.looked:
        worst.show(subject, found)
    labelled.left_out(data, found.errors)
    source = state.get("labelled") if state.get("checked_on") == "folder" else state.get("checked_on")
    verdict.takeaways(found, subject.model, source)
