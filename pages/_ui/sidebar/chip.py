"""What was done to the picture that is shown, and the way back to the one that it was made of."""

from __future__ import annotations

import streamlit as st

from xai_core.escaping import in_html

from .. import state
from ..results import carried
from ..results.carried import Carried
from ..state import tray
from ..state.shared import AUTO


def attacked(found: Carried) -> None:
    """The chip of an attacked picture: "attacked: hen to vulture · back to the original"."""
    with st.container(key="chip", horizontal=True, vertical_alignment="center", gap="xxsmall"):
        st.html(f'<span class="chip">attacked: {in_html(found.made)}</span>', width="content")
        back(found, "chip")


def back(found: Carried, key: str) -> None:
    """The button to the picture that was attacked; nothing where that is gone."""
    if found.origin and (not found.origin.startswith(tray.UPLOAD) or tray.find(found.origin)):
        st.button(
            "back to the original",
            key=f"back-{key}",
            type="tertiary",
            icon=":material/undo:",
            on_click=_return,
            args=(found.origin,),
        )


def _return(origin: str) -> None:
    state.put(image=origin, target=AUTO, versus=AUTO)


def shown() -> Carried | None:
    """The attacked picture, if the picture that is shown is one."""
    key = state.get("image")
    if not carried.is_carried(key):
        return None
    found = carried.find(key)
    return found if found.made else None
