"""A box of one's own, dragged on the picture or set by its sides."""

from __future__ import annotations

import base64
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from xai_core.figures import encode
from xai_core.types import Box

from .. import state
from ..results import pictures
from ..state.subject import Subject
from . import layout
from .charts import plot

Sides = tuple[int, int, int, int]  # left, right, top, bottom in per cent


def choose(subject: Subject) -> Box:
    """The box of the field `box`, in whole pixels of the input grid, with the widgets that set it."""
    height, width = subject.handle.input_size
    layout.caption("Drag a box on the picture, or set its sides")
    drag(pictures.view(subject.model, subject.image, 1), state.get("box"), lambda sides: state.put(box=sides))
    left, right, top, bottom = state.get("box")
    sides = (left * width, top * height, right * width, bottom * height)
    return Box("", *(float(round(side / 100)) for side in sides))


def drag(
    view: np.ndarray, chosen: Sides | None, put: Callable[[Sides], None], start: Sides = (0, 100, 0, 100)
) -> None:
    """The widgets that set a box on a picture; `put` takes its sides. While there is none, none is drawn and
    the sliders begin at `start`."""
    height, width = view.shape[:2]
    figure = picture(view)
    step = max(height, width) / 32
    across, down = np.meshgrid(np.arange(step / 2, width, step), np.arange(step / 2, height, step))
    figure.add_scatter(
        x=across.ravel(),
        y=down.ravel(),
        mode="markers",
        marker={"opacity": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    left, right, top, bottom = sides = chosen or start
    if chosen:
        figure.add_shape(
            type="rect",
            x0=left * width / 100,
            x1=right * width / 100,
            y0=top * height / 100,
            y1=bottom * height / 100,
            line={"color": "white", "width": 3},
        )
    figure.update_layout(dragmode="select")
    key = f"drag-{left}-{right}-{top}-{bottom}"

    def dragged() -> None:
        boxes = state.selected(key, "box")
        if boxes:
            put(_sides(boxes[0]["x"], boxes[0]["y"], (height, width)))

    plot(figure, key=key, on_select=dragged, selection_mode="box", config={"displayModeBar": False})
    x = st.slider("Left and right", 0, 100, (left, right), format="%d %%", key=f"x-{key}")
    y = st.slider("Top and bottom", 0, 100, (top, bottom), format="%d %%", key=f"y-{key}")
    if (*x, *y) != sides and x[0] < x[1] and y[0] < y[1]:
        put((*x, *y))
        st.rerun()


def picture(view: np.ndarray) -> go.Figure:
    """A picture to choose on; axes are its pixels."""
    png = base64.b64encode(encode(view)).decode()
    height, width = view.shape[:2]
    figure = go.Figure()
    figure.add_layout_image(
        source=f"data:image/png;base64,{png}",
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=width,
        sizey=height,
        sizing="stretch",
        layer="below",
    )
    figure.update_xaxes(range=[0, width], visible=False, fixedrange=True)
    figure.update_yaxes(range=[height, 0], visible=False, fixedrange=True, scaleanchor="x")
    figure.update_xaxes(constrain="domain", constraintoward="left")
    figure.update_yaxes(constrain="domain", constraintoward="top")
    figure.update_layout(height=340, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return figure


def _sides(x: list[float], y: list[float], size: tuple[int, int]) -> Sides:
    """left, right, top, bottom in per cent, at least one per cent apart."""
    found: list[int] = []
    for values, length in ((x, size[1]), (y, size[0])):
        low, high = (min(max(round(100 * v / length), 0), 100) for v in (min(values), max(values)))
        found += [min(low, 99), max(high, min(low, 99) + 1)]
    return tuple(found)
