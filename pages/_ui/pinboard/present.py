"""The pinboard presented: one pin at a time, filling the window, turned by the arrow keys."""

from __future__ import annotations

import streamlit as st

from xai_core.board import Pin
from xai_core.escaping import in_html, in_markdown

from .. import state
from . import tiles


def show(pins: tuple[Pin, ...]) -> None:
    """The presented pin. Left and right turn the pages, Escape leaves."""
    number = min(state.get("presented"), len(pins) - 1)
    pin = pins[number]
    with st.container(key="presented", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<h1 class="slide">{in_html(pin.title)}</h1>', width="stretch")
            _keys(number, len(pins))
        tiles.shown(pin, larger=1.6)
        tiles.facts(pin)
        if pin.note:
            st.html(f'<p class="slide">{in_html(pin.note)}</p>')


def _keys(number: int, count: int) -> None:
    st.markdown(f"{number + 1} / {count:d}", width="content")
    for name, key, icon, to in (
        ("Previous", "Left", "arrow_back", number - 1),
        ("Next", "Right", "arrow_forward", number + 1),
    ):
        st.button(
            in_markdown(name),
            type="tertiary",
            icon=f":material/{icon}:",
            shortcut=key,
            disabled=not 0 <= to < count,
            on_click=state.put,
            kwargs={"presented": to},
        )
    st.button(
        "Leave",
        type="tertiary",
        icon=":material/close:",
        shortcut="Escape",
        on_click=state.put,
        kwargs={"showing": "arrange"},
    )
