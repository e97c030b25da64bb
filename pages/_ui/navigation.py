"""The app's pages, and what happens when Streamlit runs one of them without the dashboard around it."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import Page

WITHOUT_SUBJECT = ("study",)  # pages that are about no one picture, so that the sidebar chooses none


def guest() -> bool:
    """Whether this is a participant of a study, who shall see nothing but the study."""
    return "take" in st.query_params


def navigation() -> Page:
    """Declare the pages to Streamlit and return the one to run."""
    return st.navigation(
        [
            st.Page("pages/overview.py", title="Overview", default=True),
            st.Page("pages/gallery.py", title="CAM gallery", url_path="gallery"),
            st.Page("pages/compare.py", title="Compare methods", url_path="compare"),
            st.Page("pages/lime.py", title="LIME and CAM", url_path="lime"),
            st.Page("pages/counterfactual.py", title="Counterfactual", url_path="counterfactual"),
            st.Page("pages/adversarial.py", title="Adversarial", url_path="adversarial"),
            st.Page("pages/insertion.py", title="Insertion and deletion", url_path="insertion"),
            st.Page("pages/trust.py", title="Trust check", url_path="trust"),
            st.Page("pages/right_wrong.py", title="Right and wrong", url_path="right_wrong"),
            st.Page("pages/localization.py", title="Localization", url_path="localization"),
            st.Page("pages/concepts.py", title="Neuron concepts", url_path="concepts"),
            st.Page("pages/board.py", title="Pinboard", url_path="board"),
            st.Page("pages/study.py", title="Trust study", url_path="study"),
        ],
        position="hidden" if guest() else "sidebar",
        expanded=True,  # else the last pages hide behind "View more"
    )


def start_over() -> None:
    """Run the dashboard instead of a bare page.

    For the first visitor of a fresh server Streamlit takes the folder pages/ for its older kind of app, and
    runs the page of a deep link on its own. Declaring the pages ends that, and the second run goes through
    the dashboard."""
    navigation()
    st.rerun()
