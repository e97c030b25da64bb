"""No page is blank while it works: its title, its controls and empty frames stand there first."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.results import maps
from pages._ui.widgets import frames
from tests.app import new_app

from .conftest import html

PAGES = ("compare", "trust", "gallery")


@pytest.mark.parametrize("page", PAGES)
def test_frames_stand_before_anything_is_computed(page, monkeypatch):
    """The frames are drawn before the first map begins, and only where one has to be computed."""
    real_frames, real_attempt = frames.tiles, maps.attempt
    order: list[str] = []
    monkeypatch.setattr(frames, "tiles", lambda *given: order.append("frames") or real_frames(*given))
    monkeypatch.setattr(maps, "attempt", lambda *given: order.append("maps") or real_attempt(*given))
    maps.MEMORY.clear()
    app = new_app(page).run()
    assert not app.exception
    assert order[:3] == ["frames", "frames", "maps"], "for the sidebar, and then for the maps"
    assert frames.COMPUTING not in html(app), "they are gone when the maps are there"
    order.clear()
    app.run()
    assert "frames" not in order, "what is known is drawn at once"


def test_what_follows_frames_stands_in_the_same_place_in_every_run():
    """Else what an earlier run drew there is seen twice while work goes on."""

    def script():
        import streamlit as st

        from pages._ui.widgets import frames

        with frames.until_done(2, needed="needed" in st.query_params):
            pass
        st.title("What follows")

    places = []
    for needed in (True, False):
        app = AppTest.from_function(script)
        if needed:
            app.query_params["needed"] = "1"
        app.run()
        places.append([key for key, element in app.main.children.items() if element.type == "title"])
    assert places[0] == places[1]
