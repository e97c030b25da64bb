"""The way to one's own picture from a page: also where the sidebar is folded away, as on a phone."""

from __future__ import annotations

import streamlit as st

from ..widgets import layout
from . import own

_BEFORE = "_own_picture_before"  # how many pictures had been brought when the dialog was opened


def offer() -> None:
    """A frame with the button that asks for a picture."""
    st.html('<div class="drop" aria-hidden="true"><span>JPEG, PNG, WebP, BMP or TIFF</span></div>')
    if st.button("Your own picture", key="own-picture", type="tertiary", icon=":material/upload:"):
        st.session_state[_BEFORE] = own.taken()
        _ask()
    layout.note("It stays in this session unless you keep it for a link.")


@st.dialog("Your own picture")
def _ask() -> None:
    own.upload("dialog")
    if own.taken() > st.session_state[_BEFORE]:
        st.rerun()  # with the picture, and without the dialog
