"""Pinboard: the results that were put aside, to arrange, to present, and to carry away."""

import streamlit as st

import xai_core as xai
from pages._ui import state
from pages._ui.pinboard import present, tiles
from pages._ui.state.subject import Subject
from xai_core.board import Pin, board_html, board_zip, change_board, load_zip, new_board, read_board


def show(subject: Subject) -> None:
    """The page."""
    pins = _pins()
    if pins and state.get("showing") == "present":
        present.show(pins)
        return
    st.title("Pinboard")
    _above(pins)
    if not pins:
        st.write("Nothing is pinned yet. Press Pin beside a chart, or in an opened map, on any page.")
        return
    tiles.show(pins)


def _pins() -> tuple[Pin, ...]:
    if not state.get("board"):
        return ()
    try:
        return read_board(state.get("board"))
    except xai.InputError as error:
        st.warning(str(error))
        return ()


def _above(pins: tuple[Pin, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if pins:
            start = {"showing": "present", "presented": 0}
            st.button(
                "Present", type="primary", icon=":material/play_arrow:", on_click=state.put, kwargs=start
            )
            st.download_button(
                "Report as HTML",
                lambda: board_html(pins),
                "pinboard.html",
                "text/html",
                on_click="ignore",
                icon=":material/description:",
                help="One file that opens offline.",
            )
            st.download_button(
                "Everything as ZIP",
                lambda: board_zip(pins),
                "pinboard.zip",
                "application/zip",
                on_click="ignore",
                icon=":material/folder_zip:",
                help="Pictures, raw maps, tables, every setting, and a script that computes the maps again.",
            )
        with st.popover("Load a ZIP", icon=":material/upload:", type="tertiary"):
            _load()


def _load() -> None:
    """A ZIP of this page, put behind what is pinned already."""
    file = st.file_uploader("ZIP of a pinboard", type="zip", label_visibility="collapsed")
    if file is None or st.session_state.get("_board_loaded") == file.file_id:
        return
    st.session_state["_board_loaded"] = file.file_id
    board = state.get("board") or new_board()
    try:
        loaded = load_zip(file.getvalue())
        change_board(board, lambda pins: (*pins, *loaded))
    except xai.InputError as error:
        st.error(str(error))
        return
    state.put(board=board)
    st.rerun()
