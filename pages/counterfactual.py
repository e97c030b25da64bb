"""Counterfactual: what speaks against a class, why one class and not another, and proof by taking it out."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import state
from pages._ui.counterfactual import both_signs, proof, region
from pages._ui.counterfactual.presets import PRESETS
from pages._ui.state.shared import CONTRASTED
from pages._ui.state.subject import Subject
from pages._ui.widgets import choose, layout, presets

QUESTIONS = {
    "contrast": "Why A and not B",
    "maps": "For and against",
    "proof": "Take it out",
    "region": "Test a guess",
}


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Counterfactual", PRESETS)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        question = choose.one_of("Question", QUESTIONS, "question", titled=False)
        if question == "region":
            region.show_controls()
        else:
            method = _method(subject.handle)
    if question == "region":
        region.show(subject)
        return
    if method is None:
        return
    {"maps": both_signs.both_signs, "contrast": both_signs.contrast, "proof": proof.show}[question](
        subject, method
    )


def _method(handle: xai.ModelHandle) -> str | None:
    """A class activation method that knows counterfactuals and contrasts; None for a model without layers."""
    if not any(layer.suggested for layer in handle.layers):
        st.info("This model has no layer with a spatial map, so class activation maps do not apply to it.")
        return None
    chosen = st.selectbox(
        "Method",
        CONTRASTED,
        key=state.bind("gradient_cam"),
        width=200,
        format_func=lambda key: xai.METHODS[key].label,
    )
    layout.about(chosen)
    return state.keep("gradient_cam", chosen)
