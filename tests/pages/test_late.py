"""The first charts of a session come after its pictures, in the same place as later ones."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.widgets import late
from tests.app import new_app

KINDS = ("image", "plotly_chart", "dataframe")


@pytest.fixture
def drawn(monkeypatch):
    """What is drawn, in order, and where the browser is given time to paint."""
    events: list[str] = []

    def noting(owner, kind):
        draw = getattr(owner, kind)
        monkeypatch.setattr(owner, kind, lambda *a, **k: (events.append(kind), draw(*a, **k))[1])

    for kind in KINDS:
        for owner in (st, DeltaGenerator):
            noting(owner, kind)
    clock = SimpleNamespace(sleep=lambda seconds: events.append(f"waits {seconds}"))
    monkeypatch.setattr(late, "time", clock)
    return events


def test_the_first_charts_come_last_and_later_ones_where_they_stand(drawn):
    app = new_app("compare")
    app.session_state[late.AT_ONCE] = False
    app.run()
    assert not app.exception
    pause = drawn.index(f"waits {late.PAINT}")
    assert set(drawn[:pause]) == {"image"}
    assert set(drawn[pause + 1 :]) == {"plotly_chart", "dataframe"}
    first = [chart.key for chart in app.get("plotly_chart")], len(app.dataframe), len(app.get("html"))
    drawn.clear()
    app.run()
    assert not any(event.startswith("waits") for event in drawn)
    again = [chart.key for chart in app.get("plotly_chart")], len(app.dataframe), len(app.get("html"))
    assert first == again, "a chart takes the place of its frame"


def test_a_page_without_charts_does_not_wait(drawn):
    app = new_app("overview")
    app.session_state[late.AT_ONCE] = False
    app.run()
    assert not app.exception
    assert set(drawn) == {"image"}
