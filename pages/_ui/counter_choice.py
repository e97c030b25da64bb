"""Choosing a region on the picture: a dragged box, or clicked superpixels."""

from __future__ import annotations

import base64

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from xai_core.figures import encode

from . import cache, layout, state
from .subject import Subject

SHAPES = {"box": "Box", "superpixels": "Superpixels"}
SUPERPIXELS = 40


def choose_shape() -> None:
    """Whether regions are boxes or superpixels."""
    shape = st.segmented_control(
        "Region", list(SHAPES), key=state.bind("shape"), format_func=SHAPES.get, required=True
    )
    state.keep("shape", shape)


def chosen(subject: Subject) -> np.ndarray:
    """bool (H, W) on the model's input: the region as it is chosen on the picture."""
    return _box(subject) if state.get("shape") == "box" else _superpixels(subject)


def _box(subject: Subject) -> np.ndarray:
    """A box, dragged on the picture or set by its sides in per cent."""
    left, right, top, bottom = state.get("box")
    height, width = subject.handle.input_size
    figure = _figure(subject)
    step = max(height, width) / 32
    across, down = np.meshgrid(np.arange(step / 2, width, step), np.arange(step / 2, height, step))
    figure.add_scatter(
        x=across.ravel(), y=down.ravel(), mode="markers", marker={"opacity": 0}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip
    figure.add_shape(
        type="rect", x0=left * width / 100, x1=right * width / 100, y0=top * height / 100,
        y1=bottom * height / 100, line={"color": "white", "width": 3},
    )  # fmt: skip
    figure.update_layout(dragmode="select")
    key = f"drag-{left}-{right}-{top}-{bottom}"

    def dragged() -> None:
        boxes = st.session_state[key].selection.box
        if boxes:
            state.put(box=_sides(boxes[0]["x"], boxes[0]["y"], (height, width)))

    layout.caption("Drag a box on the picture, or set its sides")
    st.plotly_chart(
        figure, key=key, on_select=dragged, selection_mode="box", config={"displayModeBar": False}
    )
    x = st.slider("Left and right", 0, 100, (left, right), format="%d %%", key=f"x-{key}")
    y = st.slider("Top and bottom", 0, 100, (top, bottom), format="%d %%", key=f"y-{key}")
    if (*x, *y) != (left, right, top, bottom) and x[0] < x[1] and y[0] < y[1]:
        state.put(box=(*x, *y))
        st.rerun()
    mask = np.zeros((height, width), bool)
    mask[
        round(top * height / 100) : round(bottom * height / 100),
        round(left * width / 100) : round(right * width / 100),
    ] = True
    return mask


def _sides(x: list[float], y: list[float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """left, right, top, bottom in per cent, at least one per cent apart."""
    found: list[int] = []
    for values, length in ((x, size[1]), (y, size[0])):
        low, high = (min(max(round(100 * v / length), 0), 100) for v in (min(values), max(values)))
        found += [min(low, 99), max(high, min(low, 99) + 1)]
    return tuple(found)


def _superpixels(subject: Subject) -> np.ndarray:
    """Superpixels, clicked on the picture or chosen by number."""
    labels = cache.segments(subject.model, subject.image, SUPERPIXELS)
    count = int(labels.max()) + 1
    chosen = tuple(label for label in state.get("superpixels") if label < count)
    state.put_quietly("superpixels", chosen)
    mask = np.isin(labels, chosen)
    figure = _figure(subject, labels, mask)
    rows, columns = np.indices(labels.shape)
    area = np.bincount(labels.ravel(), minlength=count)
    y, x = (np.bincount(labels.ravel(), v.ravel(), minlength=count) / area for v in (rows, columns))
    figure.add_scatter(
        x=x + 0.5, y=y + 0.5, mode="markers", customdata=np.arange(count), showlegend=False,
        marker={"size": 13, "color": ["#2F5BD0" if label in chosen else "white" for label in range(count)],
                "line": {"width": 2, "color": "black"}},
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
        hovertemplate="superpixel %{customdata}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(dragmode=False, clickmode="event+select")
    key = f"click-{'.'.join(map(str, chosen))}"

    def clicked() -> None:
        points = {int(point["customdata"]) for point in st.session_state[key].selection.points}
        state.put(superpixels=tuple(sorted(set(chosen) ^ points)))

    layout.caption("Click the points of the superpixels that make it")
    st.plotly_chart(
        figure, key=key, on_select=clicked, selection_mode="points", config={"displayModeBar": False}
    )
    picked = st.multiselect("Superpixels", range(count), key=state.bind("superpixels"), select_all=False)
    if tuple(sorted(picked)) != chosen:
        state.put(superpixels=tuple(sorted(picked)))
        st.rerun()
    return mask


def _figure(subject: Subject, labels: np.ndarray | None = None, mask: np.ndarray | None = None) -> go.Figure:
    """The picture to choose on, with superpixels outlined and the chosen ones marked."""
    view = cache.view(subject.model, subject.image, 1)
    if labels is not None:
        from skimage.segmentation import mark_boundaries

        view = np.where(mask[..., None], 0.55 * view + 0.45 * np.array([47, 91, 208]), view)
        view = (255 * mark_boundaries(view / 255, labels, color=(1, 1, 1), mode="inner")).astype(np.uint8)
    png = base64.b64encode(encode(view)).decode()
    height, width = view.shape[:2]
    figure = go.Figure()
    figure.add_layout_image(
        source=f"data:image/png;base64,{png}", xref="x", yref="y", x=0, y=0, sizex=width, sizey=height,
        sizing="stretch", layer="below",
    )  # fmt: skip
    figure.update_xaxes(range=[0, width], visible=False, fixedrange=True)
    figure.update_yaxes(range=[height, 0], visible=False, fixedrange=True, scaleanchor="x")
    figure.update_xaxes(constrain="domain", constraintoward="left")
    figure.update_yaxes(constrain="domain", constraintoward="top")
    figure.update_layout(height=340, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return figure
