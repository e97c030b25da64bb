"""Empty frames of the final size, in place of what is being computed: no page is blank while it works."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from xai_core.escaping import in_html, in_markdown

ACROSS = 4  # tiles in a row of a page's grid
LEAST = 3  # columns that a row has however few tiles it holds, so that none is larger than on the page
CHART_REM = 25  # the height of a chart, in units of the page's text
COMPUTING, WAITING = "Computing", "Not computed yet"

_this = threading.local()


def tiles(count: int, sentence: str = COMPUTING) -> None:
    """Frames for so many maps; the first says what they wait for."""
    for start in range(0, count, ACROSS):
        row = st.columns(max(LEAST, min(count, ACROSS)), gap="small")
        for number, column in zip(range(start, count), row, strict=False):
            with column:
                st.html(f'<div class="blank"><span>{in_html("" if number else sentence)}</span></div>')


def charts(count: int = 2, sentence: str = WAITING) -> None:
    """Frames for so many charts beside each other; the first says what they wait for."""
    for number, column in enumerate(st.columns(count, gap="large")):
        with column:
            said = in_html("" if number else sentence)
            style = f"aspect-ratio: auto; height: {CHART_REM}rem"
            st.html(f'<div class="blank" style="{style}"><span>{said}</span></div>')


@contextmanager
def until_done(count: int, kind: str = "tiles", needed: bool = True, title: str = "") -> Iterator[None]:
    """Frames, below a `title` if there is one, that stand for as long as the block works, where that is
    `needed`. In a block within another the outer one's stand already.

    Their place is there in every run. Otherwise all that follows would move by one place from run to run, and
    what stood there before would be seen twice while work goes on."""
    place = st.empty()
    if not needed or getattr(_this, "shown", False):
        yield
        return
    with place.container():
        if title:
            st.title(in_markdown(title))
        {"tiles": tiles, "charts": charts}[kind](count, COMPUTING)
    _this.shown = True
    try:
        yield
    finally:
        _this.shown = False
        place.empty()
