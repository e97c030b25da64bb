"""The visitor's own pictures in the sidebar: the upload, and a tray of the last ten."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown

from .. import state
from ..results import carried
from ..results.pictures import MAX_MB
from ..state import tray
from ..state.shared import AUTO, DEFAULT_IMAGE
from ..widgets import layout

ACROSS = 5
_PLACE, _REFUSED = "_upload_place", "_upload_refused"


def upload(where: str = "sidebar") -> None:
    """The place for a file; `where` is unique on the page. It is empty again once a picture was taken from
    it: what is shown stands below, and the same file can be brought again."""
    widget = f"upload-{where}-{taken()}"
    st.file_uploader(
        "Picture",
        key=widget,
        label_visibility="collapsed",
        max_upload_size=MAX_MB,
        on_change=_take,
        args=(widget,),
        help="JPEG, PNG, WebP, BMP or TIFF, up to 20 MB. It stays in this session.",
    )
    if st.session_state.get(_REFUSED):
        st.error(in_markdown(st.session_state[_REFUSED]))


def taken() -> int:
    """How many pictures this visitor has brought so far."""
    return st.session_state.get(_PLACE, 0)


def _take(widget: str) -> None:
    """What was uploaded becomes the picture, whatever was shown before."""
    file = state.of_widget(widget)
    st.session_state[_REFUSED] = ""
    if file is None:
        return
    one = tray.Brought(file.name, file.getvalue())
    try:
        carried.decoded(one)
        tray.add(one)
    except xai.InputError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.session_state[_PLACE] = taken() + 1
    show(one)


def show(one: tray.Brought) -> None:
    """Make a picture of the tray the one that all pages show, with its own predicted class."""
    state.put(image=one.key, target=AUTO, versus=AUTO)
    fit = carried.decoded(one).fit
    if fit != "crop" and not one.made:  # a picture saved by the app says how a network saw it
        state.put(fit=fit)


def shelf() -> None:
    """The last pictures of this visitor, each a button that brings it back."""
    brought = tray.pictures()
    if not brought:
        return
    with st.container(key="shelf", gap="xxsmall"):
        layout.note("Your pictures")
        for start in range(0, len(brought), ACROSS):
            columns = st.columns(ACROSS, gap="xxsmall")
            for column, one in zip(columns, brought[start : start + ACROSS], strict=False):
                with column:
                    _thumbnail(one)
        current = tray.find(state.get("image"))
        if current is not None:
            _named(current)


def _thumbnail(one: tray.Brought) -> None:
    label = f"{one.name}, attacked: {one.made}" if one.made else one.name
    chosen = one.key == state.get("image")
    layout.pick(f"own-{one.key[7:23]}", carried.thumbnail(one), label, show, (one,), chosen=chosen)


def _named(one: tray.Brought) -> None:
    """The name of the picture that is shown, and the way to remove it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        layout.note(one.name)
        st.button(
            "Remove",
            key="remove-own",
            type="tertiary",
            icon=":material/close:",
            help="Forgets the picture, and what was attacked of it.",
            on_click=_remove,
            args=(one,),
        )


def _remove(one: tray.Brought) -> None:
    tray.remove(one.key)
    state.put(image=DEFAULT_IMAGE, target=AUTO, versus=AUTO)
