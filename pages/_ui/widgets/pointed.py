"""What the presenter of a meeting points at, on the opened map of everybody who follows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from .. import state
from ..results import following, presenting
from .place import place

RADIUS = 0.035  # of the ring around a point, in shares of the picture
WHAT_TO_DO = (
    "Rest the mouse on a place, click it, or drag a box: it appears on the opened maps of all who follow. "
    "A box stays until you click."
)


def on(figure: go.Figure, size: tuple[int, int]) -> go.Figure:
    """The figure of a map, whose axes count the rows and columns `size` of the model's input, with what the
    presenter points at; as it is where he points at nothing."""
    mark = following.mark()
    if mark is None:
        return figure
    if mark.x1 is None or mark.y1 is None:
        kind, sides = "circle", (mark.x - RADIUS, mark.y - RADIUS, mark.x + RADIUS, mark.y + RADIUS)
    else:
        kind, sides = "rect", (mark.x, mark.y, mark.x1, mark.y1)
    x0, y0, x1, y1 = sides
    rows, columns = size
    for colour, width in (("black", 7), ("white", 3)):
        figure.add_shape(
            type=kind,
            x0=x0 * columns,
            x1=x1 * columns,
            y0=y0 * rows,
            y1=y1 * rows,
            line={"color": colour, "width": width},
        )
    return figure


def choose(view: np.ndarray) -> None:
    """For the presenter: the picture on which he points. Nothing for anybody else."""
    if not presenting.presents():
        return
    mark = following.mark()
    chosen: Sequence[float] | None = None
    if mark is not None:
        chosen = [side for side in (mark.x, mark.y, mark.x1, mark.y1) if side is not None]
    with st.expander("Point at a place", icon=":material/ads_click:"):
        st.caption(WHAT_TO_DO)
        place(view, chosen, "pointed", WHAT_TO_DO, presenting.point, boxes=True, rests=True)
        if mark is not None:
            st.button(
                "Point at nothing", type="tertiary", on_click=state.told(presenting.point), args=(None,)
            )
