"""The app's script, which Streamlit runs from top to bottom at every click: frame, sidebar, page, address."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import streamlit as st

from pages._ui.assets import ICON, LOGO, STYLE
from pages._ui.results import idle
from pages._ui.results.turns import one_at_a_time

if TYPE_CHECKING:
    from pages._ui.state.subject import Subject


def main() -> None:
    """One run, after the last one of the same visitor has ended: some servers begin it before. The first
    visitor of a fresh server sees the frame while the pages are imported."""
    with one_at_a_time():
        _run()


def _run() -> None:
    st.set_page_config(page_title="Saliency Lab", page_icon=ICON, layout="wide")
    st.html(STYLE)  # the few rules that Streamlit's theme cannot express
    st.logo(LOGO, size="large", icon_image=ICON)
    with idle.foreground():
        if not _imported():
            frame = st.empty()
            frame.html('<h1>Saliency Lab</h1><div class="blank"><span>The server starts</span></div>')
            from pages._ui import navigation  # noqa: F401

            frame.empty()
        _draw()


def _imported() -> bool:
    """Whether the pages are imported to their last line, so that importing them takes no time."""
    return hasattr(sys.modules.get("pages._ui.navigation"), "navigation")


def _draw() -> None:
    """Sidebar, page, address."""
    from pages._ui import ahead, compute, navigation, state
    from pages._ui.meeting import bar
    from pages._ui.results import following
    from pages._ui.sidebar import about_run, controls, link
    from pages._ui.widgets import frames, layout

    subject: Subject | None = None

    def run() -> None:
        page.show(*([subject] if page.subject else []))

    page, shown = navigation.navigation(run)
    state.start(page.key)
    bar.follow(page.key)
    moved = bar.lead(page.key)
    layout.projector()
    bar.show(page.key)
    with compute.when_drawn(page=True):
        notices = st.container()
        opened = page.subject and state.is_new(page.key)
        with frames.until_done(3, needed=opened, title=page.title):
            subject = controls.sidebar() if page.subject else None
        if subject is not None or not page.subject:
            shown.run()
        if subject is not None:
            about_run.footer(subject.handle)
        with notices:
            layout.problems()
        if not navigation.guest() and not following.led():
            with st.sidebar:
                link.link(page.key)
                bar.begin()
                if subject is not None:
                    about_run.button(subject.handle)
        state.write_url(page.key)
        if not moved:
            bar.lead(page.key, again=True)
        if subject is not None:
            ahead.think(page.key, subject)
    state.run_ends()


if __name__ == "__main__":  # as Streamlit runs it
    main()
