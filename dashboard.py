"""Saliency Lab: run with `streamlit run dashboard.py`."""

import streamlit as st

st.set_page_config(page_title="Saliency Lab", page_icon="assets/icon.svg", layout="wide")

from pages._ui import controls, layout, navigation, state  # noqa: E402  (page config comes before anything that draws)

layout.style()
page = navigation.navigation()
st.logo("assets/logo.svg", size="large", icon_image="assets/icon.svg")
state.start(page.url_path or "overview")
subject = controls.sidebar()
layout.problems()
if subject is not None:
    st.session_state["_subject"] = subject
    page.run()
state.write_url(page.url_path or "overview")
