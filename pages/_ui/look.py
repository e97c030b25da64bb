"""How maps and charts look: settings of figures, never of a network."""

from __future__ import annotations

import streamlit as st

from xai_core.figures import DIVERGING, SEQUENTIAL, Look

from . import state


def choose_look() -> Look:
    """Colour scale, opacity and cells: settings of figures, so moving one runs no network. Call it in a
    fragment.
    """
    with st.popover("Look", icon=":material/tune:", type="tertiary"):
        opacity = st.slider("Opacity of the map", 0, 100, key=state.bind("opacity"), format="%d %%")
        colours = st.selectbox("Colours", SEQUENTIAL, key=state.bind("colours"))
        signed = st.selectbox("Colours of signed maps", DIVERGING, key=state.bind("signed_colours"))
        cells = st.toggle("Show the layer's own cells", key=state.bind("cells"))
    state.keep("opacity", opacity)
    state.keep("colours", colours)
    state.keep("signed_colours", signed)
    state.keep("cells", cells)
    return Look(colours, signed, opacity / 100, not cells)


def accent() -> str:
    """The theme's accent colour."""
    return "#7C9CF5" if st.context.theme.type == "dark" else "#2F5BD0"


def quiet() -> str:
    """A grey that stands back in either theme."""
    return "#4A525B" if st.context.theme.type == "dark" else "#C5CAD1"


def ink() -> str:
    """The theme's text colour."""
    return "#ECEEF0" if st.context.theme.type == "dark" else "#16191D"
