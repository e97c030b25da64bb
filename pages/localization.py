"""Localization: does a map find the object? Boxes, the pointing game, energy."""

from __future__ import annotations

import streamlit as st

from pages._ui import state
from pages._ui.localization import one_picture, whole_set
from pages._ui.localization.presets import PRESETS
from pages._ui.sets import labelled
from pages._ui.state.subject import Subject
from pages._ui.widgets import choose, layout, measures, parameters, presets
from xai_core.metrics.measures import SHARES

OVER = {"set": "Over a set", "one": "One picture"}


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Localization", PRESETS)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        over = choose.one_of("Over", OVER, "boxed", titled=False)
        entries = parameters.choose_maps(subject.handle, "box_maps")
        layout.about_spec(measures.LOCALIZATION)
    data = labelled.open_set(subject, "boxes_of") if over == "set" else None
    share, tolerance = _thresholds()
    if not entries:
        st.info("Choose at least one map.")
    elif over == "one":
        one_picture.show(subject, entries, share, tolerance)
    elif data is not None:
        whole_set.show(subject, data, entries, share, tolerance)


def _thresholds() -> tuple[int, int]:
    """Where maps are cut, and how near is near enough: neither runs a network."""
    left, right = st.columns(2, gap="large")
    share = left.select_slider(
        "Boxes from what is above this share of the maximum",
        SHARES,
        key=state.bind("share"),
        format_func=lambda percent: f"{percent} %",
    )
    tolerance = right.slider(
        "Pointing: so many pixels beside the box still count", 0, 100, key=state.bind("tolerance")
    )
    return state.keep("share", share), state.keep("tolerance", tolerance)
