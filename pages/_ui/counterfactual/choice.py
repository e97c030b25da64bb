"""Choosing a region on the picture: a dragged box, or clicked superpixels."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from .. import state
from ..results import answers, pictures
from ..state.subject import Subject
from ..widgets import choose, drag_box, layout
from ..widgets.charts import plot

SHAPES = {"box": "Box", "superpixels": "Superpixels"}
SUPERPIXELS = 40


def choose_shape() -> None:
    """Whether regions are boxes or superpixels."""
    choose.one_of("Region", SHAPES, "shape")


def chosen(subject: Subject) -> np.ndarray:
    """bool (H, W) on the model's input: the region as it is chosen on the picture."""
    return _box(subject) if state.get("shape") == "box" else _superpixels(subject)


def _box(subject: Subject) -> np.ndarray:
    """What lies in the chosen box."""
    box = drag_box.choose(subject)
    mask = np.zeros(subject.handle.input_size, bool)
    mask[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = True
    return mask


def _superpixels(subject: Subject) -> np.ndarray:
    """Superpixels, clicked on the picture or chosen by number."""
    labels = answers.segments(subject.model, subject.image, SUPERPIXELS)
    count = int(labels.max()) + 1
    chosen = tuple(label for label in state.get("superpixels") if label < count)
    state.put_quietly("superpixels", chosen)
    mask = np.isin(labels, chosen)
    figure = _figure(subject, labels, mask)
    rows, columns = np.indices(labels.shape)
    area = np.bincount(labels.ravel(), minlength=count)
    y, x = (np.bincount(labels.ravel(), v.ravel(), minlength=count) / area for v in (rows, columns))
    figure.add_scatter(
        x=x + 0.5,
        y=y + 0.5,
        mode="markers",
        customdata=np.arange(count),
        showlegend=False,
        marker={
            "size": 13,
            "color": ["#2F5BD0" if label in chosen else "white" for label in range(count)],
            "line": {"width": 2, "color": "black"},
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        hovertemplate="superpixel %{customdata}<extra></extra>",
    )
    figure.update_layout(dragmode=False, clickmode="event+select")
    key = f"click-{'.'.join(map(str, chosen))}"

    def clicked() -> None:
        points = {int(point["customdata"]) for point in state.selected(key, "points") or ()}
        state.put(superpixels=tuple(sorted(set(chosen) ^ points)))

    layout.caption("Click the points of the superpixels that make it")
    plot(figure, key=key, on_select=clicked, selection_mode="points", config={"displayModeBar": False})
    picked = st.multiselect("Superpixels", range(count), key=state.bind("superpixels"), select_all=False)
    if tuple(sorted(picked)) != chosen:
        state.put(superpixels=tuple(sorted(picked)))
        st.rerun()
    return mask


def _figure(subject: Subject, labels: np.ndarray, mask: np.ndarray) -> go.Figure:
    """The picture with superpixels outlined and the chosen ones tinted."""
    from skimage.segmentation import mark_boundaries

    view = pictures.view(subject.model, subject.image, 1)
    view = np.where(mask[..., None], 0.55 * view + 0.45 * np.array([47, 91, 208]), view)
    outlined = mark_boundaries(view / 255, labels, color=(1, 1, 1), mode="inner")
    return drag_box.picture((255 * outlined).astype(np.uint8))
