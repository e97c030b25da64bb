"""The reference check: the same map from the library that people know, and how far it is from ours."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.engine.references import check, library_for
from xai_core.escaping import in_markdown

from ..results import networks
from ..state.subject import Subject
from . import layout


def button(subject: Subject, e: xai.Explanation) -> None:
    """Offer the check where a library for it is installed, and show what it found."""
    library = library_for(e.method)
    if library is None:
        return
    key = (
        f"check.{subject.model}.{subject.image.sha256[:12]}.{e.method}.{e.layer}.{e.target}.{hash(e.params)}"
    )
    if st.button(f"Check against {in_markdown(library)}", icon=":material/verified:"):
        try:
            with st.spinner(f"Computing with {in_markdown(library)}"):
                found = check(networks.handle(subject.model), subject.image, e)
        except xai.InputError as error:
            st.caption(in_markdown(error))
            return
        st.session_state[key] = found
    found = st.session_state.get(key)
    if found is not None:
        share = f"{layout.number(100 * found.difference)} %"
        layout.table({"Largest difference": share, "Correlation": f"{found.correlation:.6f}"})
        if found.note:
            st.caption(in_markdown(found.note))
