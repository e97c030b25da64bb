"""How a search is made: the map, the size of a region, and how it is taken out."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.metrics.fillers import FILLS
from xai_core.spuriosity import Search
from xai_core.types import Params

from .. import state
from ..state.subject import Subject
from ..widgets import parameters
from .fields import SIDES


def chosen(subject: Subject) -> Search | None:
    """The search, or None, with the reason on the page, where the model has no such layer."""
    entry = parameters.choose_map(subject, "hans_map")
    with st.popover("Settings", icon=":material/tune:", type="tertiary"):
        side = st.select_slider(
            "Side of a region", SIDES, key=state.bind("hans_side"), format_func=lambda one: f"{one} %"
        )
        state.keep("hans_side", side)
        fill = st.selectbox("Taken out by", FILLS, key=state.bind("hans_fill"))
        state.keep("hans_fill", fill)
        try:
            entry = parameters.choose_layer(subject, entry, f"hans-{entry.method}")
            entry = parameters.edit(subject.handle, entry, f"hans-{entry.method}")
        except xai.InputError as error:
            st.error(in_markdown(error))
            return None
    state.put_quietly("hans_map", entry)
    return Search(entry.method, entry.layer or None, Params(entry.params), side=side / 100, fill=fill)
