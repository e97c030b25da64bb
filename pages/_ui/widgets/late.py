"""What comes last in a session's first run that has charts or tables.

Before it shows its first chart a browser reads Plotly's file (4.7 MB), which takes it more than a second in
which it does nothing else; the file of the tables is large as well. So the pictures are sent first, and
a moment later the charts and the tables."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

AT_ONCE = "_charts_at_once"  # in the session: its browser has been sent charts
PAINT = 0.3  # seconds in which the browser fetches and paints the pictures

_this = threading.local()  # Streamlit runs a script in one thread from its first line to its last


def draw(how: Callable[[Any], object], height: int) -> None:
    """Draw a chart or a table where it stands, or, in such a first run, leave an empty frame of `height`
    pixels there until the end. `how` is given the place, which has Streamlit's functions."""
    waiting: list[Callable[[], object]] | None = getattr(_this, "waiting", None)
    if waiting is None or st.session_state.get(AT_ONCE):
        how(st)
        return
    place = st.empty()
    place.html(f'<div class="blank" style="aspect-ratio: auto; height: {height}px"></div>')
    waiting.append(lambda: how(place))


@contextmanager
def last() -> Iterator[None]:
    """Around the drawing of a page: what waits is drawn at the end of the block."""
    _this.waiting = waiting = []
    try:
        yield
    finally:
        _this.waiting = None
    if waiting:
        time.sleep(PAINT)
        for one in waiting:
            one()
        st.session_state[AT_ONCE] = True
