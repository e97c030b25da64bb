"""Guess first: a participant marks where a network may look, before any map is shown."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.trust_study import Participant, Picture
from xai_core.types import Box

from .. import state
from ..results import database
from ..widgets import drag_box, layout


def show(person: Participant, picture: Picture, image: xai.ImageInput) -> None:
    """The picture to mark, and the button that keeps the mark."""
    key = f"mark-{picture.key}"
    st.subheader("Where do you think the networks look?", anchor=False)
    layout.note(f"Drag a box on the picture around what they go by for: {picture.label}.")
    sides = st.session_state.get(key)
    drag_box.drag(image.pixels, sides, lambda chosen: st.session_state.update({key: chosen}))
    st.button(
        "Keep this mark",
        type="primary",
        disabled=sides is None,
        on_click=_keep,
        args=(person.id, picture.key, sides),
    )


@state.told
def _keep(person: int, picture: str, sides: tuple[int, int, int, int]) -> None:
    left, right, top, bottom = (side / 100 for side in sides)
    database.store().mark(person, picture, Box("", left, top, right, bottom))
