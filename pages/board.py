"""Pinboard: the results that were put aside, to arrange, to present, and to carry away."""

import streamlit as st

import xai_core as xai
from pages._ui import state
from pages._ui.assets import ASSETS
from pages._ui.pinboard import present, tiles
from pages._ui.results import following
from pages._ui.state import small
from pages._ui.state.subject import Subject
from pages._ui.widgets import layout
from xai_core.board import (
    MAX_TITLE,
    Pin,
    board_html,
    board_name,
    board_zip,
    change_board,
    load_named_zip,
    name_board,
    new_board,
    read_board,
)
from xai_core.board.store import MAX_PINS
from xai_core.escaping import in_markdown

UPLOAD_MB = 100  # of a ZIP
NAME = "Pinboard"  # of a board that was given none
EMPTY = ASSETS / "pinboard.svg"
_LOADED, _REFUSED = "_boards_loaded", "_board_refused"


def show(subject: Subject) -> None:
    """The page."""
    presented = following.presented_board()
    if presented is not None:
        _watch(presented)
        return
    pins = _pins()
    if pins and state.get("showing") == "present":
        present.show(pins)
        return
    name = board_name(state.get("board")) if pins else ""
    st.title(in_markdown(name or NAME))
    _above(pins, name)
    if not pins:
        st.image(
            str(EMPTY), width=760, alt="Maps and charts of all pages, side by side, and one report of them"
        )
        st.write("Nothing is pinned yet. Press Pin beside a chart, or in an opened map, on any page.")
        return
    tiles.show(pins)


def _watch(board: str) -> None:
    """The presenter's board, for who follows a meeting: to look at."""
    try:
        pins = read_board(board) if board else ()
    except xai.InputError:
        pins = ()  # the presenter has pinned nothing yet
    if pins and state.get("showing") == "present":
        present.show(pins)
        return
    st.title(in_markdown((board_name(board) if pins else "") or NAME))
    tiles.watched(pins)
    if not pins:
        layout.note("The presenter has pinned nothing yet, or the pinboard lies on another server.")


def _pins() -> tuple[Pin, ...]:
    if not state.get("board"):
        return ()
    try:
        return read_board(state.get("board"))
    except xai.InputError as error:
        st.warning(in_markdown(error))
        return ()


def _above(pins: tuple[Pin, ...], name: str) -> None:
    if pins:
        st.text_input(
            "Name",
            name,
            MAX_TITLE,
            key="board-name",
            placeholder="Name of this pinboard and of its report",
            label_visibility="collapsed",
            on_change=_rename,
            width=460,
        )
        layout.note(f"{len(pins)} of {MAX_PINS} pins")
    with st.container(horizontal=True, vertical_alignment="center"):
        if pins:
            start = {"showing": "present", "presented": 0}
            st.button(
                "Present", type="primary", icon=":material/play_arrow:", on_click=state.put, kwargs=start
            )
            st.download_button(
                "Report as HTML",
                lambda: board_html(pins, name or NAME),
                "pinboard.html",
                "text/html",
                on_click="ignore",
                icon=":material/description:",
                help="One file that opens offline.",
            )
            st.download_button(
                "Everything as ZIP",
                lambda: board_zip(pins, name),
                "pinboard.zip",
                "application/zip",
                on_click="ignore",
                icon=":material/folder_zip:",
                help="Pictures, raw maps, tables, every setting, and a script that computes the maps again.",
            )
        with st.popover("Load a ZIP", icon=":material/upload:", type="tertiary"):
            _load()


@state.told
def _rename() -> None:
    name = state.of_widget("board-name")
    if name is not None:
        name_board(state.get("board"), name.strip())


def _load() -> None:
    """A ZIP of this page, put behind what is pinned already."""
    number = st.session_state.get(_LOADED, 0)
    file = st.file_uploader(
        "ZIP of a pinboard",
        type="zip",
        key=f"board-zip-{number}",
        label_visibility="collapsed",
        max_upload_size=small.upload_mb(UPLOAD_MB),
    )
    if st.session_state.get(_REFUSED):
        st.error(in_markdown(st.session_state[_REFUSED]))
    if file is None:
        return
    st.session_state[_LOADED] = number + 1  # another uploader: the server need not hold the file any longer
    st.session_state[_REFUSED] = ""
    board = state.get("board") or new_board()
    try:
        name, loaded = load_named_zip(file.getvalue())
        change_board(board, lambda pins: (*pins, *loaded))
        if name and not board_name(board):
            name_board(board, name)
    except xai.InputError as error:
        st.session_state[_REFUSED] = str(error)
    else:
        state.put(board=board)
    st.rerun()
