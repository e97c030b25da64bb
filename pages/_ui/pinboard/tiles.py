"""The pinboard's tiles: a picture or a chart each, with its title, its note, and its place in the order."""

from __future__ import annotations

import dataclasses
import logging
from urllib.parse import parse_qsl

import streamlit as st

from xai_core.board import MAX_NOTE, MAX_TITLE, Pin, change_board, read_figure, words
from xai_core.escaping import in_markdown

from .. import state
from ..results import carried
from ..widgets import layout, look, scales
from ..widgets.charts import plot
from ..widgets.links import page_link

COLUMNS = 3
_LOG = logging.getLogger(__name__)


def show(pins: tuple[Pin, ...]) -> None:
    """All pins in rows of three."""
    for start in range(0, len(pins), COLUMNS):
        for number, column in enumerate(st.columns(COLUMNS, gap="large"), start):
            if number < len(pins):
                with column:
                    _tile(pins[number], number, len(pins))


def watched(pins: tuple[Pin, ...]) -> None:
    """The same for somebody who may look and change nothing."""
    for start in range(0, len(pins), COLUMNS):
        row = pins[start : start + COLUMNS]
        for pin, column in zip(row, st.columns(COLUMNS, gap="large"), strict=False):
            with column:
                shown(pin)
                layout.heading(pin.title)
                if pin.note:
                    layout.note(pin.note)
                facts(pin)


def shown(pin: Pin, larger: float = 1) -> None:
    """The map over its picture with its bar, or the chart, of the size that the style sheet gives to the
    place; a chart's text is `larger` by that factor. What cannot be drawn says so in one sentence, and the
    log has the details: a pin may come from anybody, and the others must stand."""
    if pin.damage:
        with st.container(key=f"pinned-{pin.key}", gap=None):
            layout.blank(f"{pin.title or 'This pin'} cannot be shown. {pin.damage}")
        return
    place = st.empty()
    try:
        with place.container(key=f"pinned-{pin.key}", gap=None):
            _drawing(pin, larger)
        if pin.map is not None:
            scales.pinned_bar(pin.map)
    except Exception as error:
        _LOG.exception("A pin cannot be drawn")
        place.empty()
        layout.blank(f"This pin cannot be shown ({type(error).__name__}); the log of the server says more.")


def _drawing(pin: Pin, larger: float) -> None:
    if pin.map is not None:
        layout.picture(pin.map.drawn, pin.title)
    else:
        figure = read_figure(look.shown(pin.figure, larger))
        plot(figure, key=f"plot-{pin.key}", height="stretch", config={"displayModeBar": False})


def facts(pin: Pin) -> None:
    """How it was made, on one line."""
    if pin.map is None:
        return
    layout.caption(*words.facts(pin))


def _tile(pin: Pin, number: int, count: int) -> None:
    shown(pin)
    if not pin.damage:
        _texts(pin)
    with st.container(key=f"acts-{pin.key}", horizontal=True, vertical_alignment="center", gap="small"):
        _acts(pin, number, count)
    facts(pin)


def _texts(pin: Pin) -> None:
    """Title and note, to be edited."""
    title, note = f"title-{pin.key}", f"note-{pin.key}"
    st.text_input(
        "Title",
        pin.title,
        MAX_TITLE,
        key=title,
        label_visibility="collapsed",
        placeholder="Title",
        on_change=_write,
        args=(pin.key, "title", title),
    )
    st.text_area(
        "Note",
        pin.note,
        max_chars=MAX_NOTE,
        key=note,
        label_visibility="collapsed",
        placeholder="Note",
        height=80,
        on_change=_write,
        args=(pin.key, "note", note),
    )


def _acts(pin: Pin, number: int, count: int) -> None:
    if not pin.damage:
        _link(pin)
    for name, icon, step in (("Earlier", "arrow_back", -1), ("Later", "arrow_forward", 1)):
        st.button(
            in_markdown(name),
            key=f"{name}-{pin.key}",
            type="tertiary",
            icon=f":material/{icon}:",
            disabled=not 0 <= number + step < count,
            on_click=_move,
            args=(pin.key, step),
        )
    st.button(
        "Remove",
        key=f"remove-{pin.key}",
        type="tertiary",
        icon=":material/close:",
        on_click=_remove,
        args=(pin.key,),
    )


def _link(pin: Pin) -> None:
    """To the view that the pin came from, with the picture that is pinned; a loaded ZIP may name a page that
    this app does not have."""
    board = state.get("board")
    link = {**state.only_fields(dict(parse_qsl(pin.link))), "board": board}
    if pin.picture is not None and carried.is_carried(link.get("image", "")):
        link |= {"image": carried.on_board(board, pin.picture), "fit": pin.picture.fit}
    page_link(pin.page, "Open this view", ":material/open_in_new:", link)


@state.told
def _write(key: str, name: str, widget: str) -> None:
    text = {name: state.of_widget(widget)}
    if text[name] is None:
        return
    change_board(
        state.get("board"),
        lambda pins: [dataclasses.replace(pin, **text) if pin.key == key else pin for pin in pins],
    )


@state.told
def _move(key: str, step: int) -> None:
    def moved(pins: tuple[Pin, ...]) -> list[Pin]:
        found = list(pins)
        place = next((n for n, pin in enumerate(found) if pin.key == key), None)
        if place is not None:
            found.insert(max(0, place + step), found.pop(place))
        return found

    change_board(state.get("board"), moved)


@state.told
def _remove(key: str) -> None:
    change_board(state.get("board"), lambda pins: [pin for pin in pins if pin.key != key])
