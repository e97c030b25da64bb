"""Saliency Lab: run with `streamlit run dashboard.py`."""

import streamlit as st

st.set_page_config(page_title="Saliency Lab", page_icon="assets/icon.svg", layout="wide")

# page config comes before anything that draws
from pages._ui import about_run, compute, controls, layout, navigation, state  # noqa: E402
from pages._ui.subject import about  # noqa: E402

layout.style()
page = navigation.navigation()
st.logo("assets/logo.svg", size="large", icon_image="assets/icon.svg")
state.start(page.url_path or "overview")
notices = st.container()
own = page.url_path in navigation.WITHOUT_SUBJECT
subject = None if own else controls.sidebar()
with compute.when_drawn():
    if own or subject is not None:
        with about(subject):
            page.run()
            if subject is not None:
                about_run.footer(subject.handle)
    with notices:
        layout.problems()
    if not navigation.guest():
        with st.sidebar:
            controls.link(page.url_path or "overview")
            if subject is not None:
                about_run.button(subject.handle)
    state.write_url(page.url_path or "overview")
