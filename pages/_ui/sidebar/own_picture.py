"""The way to one's own picture from a page: also where the sidebar is folded away, as on a phone."""

from __future__ import annotations

import streamlit as st

from ..widgets import layout
from .picture import upload


def offer() -> None:
    """A frame with the button that asks for a picture."""
    st.html('<div class="drop" aria-hidden="true"><span>JPEG, PNG, WebP, BMP or TIFF</span></div>')
    if st.button("Your own picture", key="own-picture", type="tertiary", icon=":material/upload:"):
        _ask()
    layout.note("It stays in this session unless you choose to keep it.")


@st.dialog("Your own picture")
def _ask() -> None:
    upload("own-picture-file")
