"""The app's script, which Streamlit runs from top to bottom at every click: frame, sidebar, page, address."""

from __future__ import annotations

import streamlit as st

from pages._ui import compute, navigation, state
from pages._ui.assets import ICON, LOGO
from pages._ui.sidebar import about_run, controls, link
from pages._ui.state.subject import Subject
from pages._ui.widgets import layout


def main() -> None:
    """One run."""
    st.set_page_config(page_title="Saliency Lab", page_icon=ICON, layout="wide")
    layout.style()
    subject: Subject | None = None

    def run() -> None:
        page.show(*([subject] if page.subject else []))

    page, shown = navigation.navigation(run)
    st.logo(LOGO, size="large", icon_image=ICON)
    state.start(page.key)
    with compute.when_drawn(page=True):
        notices = st.container()
        subject = controls.sidebar() if page.subject else None
        if subject is not None or not page.subject:
            shown.run()
        if subject is not None:
            about_run.footer(subject.handle)
        with notices:
            layout.problems()
        if not navigation.guest():
            with st.sidebar:
                link.link(page.key)
                if subject is not None:
                    about_run.button(subject.handle)
        state.write_url(page.key)


if __name__ == "__main__":  # as Streamlit runs it
    main()
