"""The one place from which an opened map is downloaded: as a figure with its scale, and as numbers."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

import xai_core as xai
from xai_core.direction import slug
from xai_core.escaping import in_markdown
from xai_core.figures import KINDS, Look, Scale, publication

from ..results import pictures
from ..state.subject import Subject
from . import layout

NAMES = {"png": "PNG", "2x.png": "PNG, twice as large", "svg": "SVG", "pdf": "PDF"}
TYPES = {"png": "image/png", "2x.png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


def button(subject: Subject, e: xai.Explanation, look: Look, shared: Scale | None) -> None:
    """A popover with a button for each kind of file; a file is made when it is asked for."""
    stem = file_stem(subject, e)
    view = pictures.view(subject.model, subject.image)  # here, since a file is made outside this run
    with st.popover("Download", icon=":material/download:"):
        st.caption("The figure with its title, scale bar, model and picture's name.")
        for kind, name in NAMES.items():
            _one(
                name,
                partial(figure_file, subject, view, e, look, shared, kind),
                f"{stem}.{kind}",
                TYPES[kind],
            )
        st.caption("The map's own values.")
        _one("Raw .npy", partial(_values, e), f"{stem}.npy", "application/octet-stream")


def _one(name: str, make: Callable[[], bytes], file: str, kind: str) -> None:
    st.download_button(in_markdown(name), make, file, kind, on_click="ignore", width="stretch")


def file_stem(subject: Subject, e: xai.Explanation) -> str:
    """A name for files: model, method, layer, class and direction."""
    return "_".join(part for part in (subject.model, e.method, e.layer, slug(e)) if part).replace("/", "-")


def figure_file(
    subject: Subject, view: np.ndarray, e: xai.Explanation, look: Look, shared: Scale | None, kind: str
) -> bytes:
    """The figure as a file of that kind."""
    times, file = KINDS[kind]
    lines = (
        f"{e.label} ({e.target}): probability {layout.percent(e.probability)}".replace("\u00a0", " "),
        f"{xai.models.find_model(subject.handle.key).label}, {subject.image.name}",
    )
    return file(publication(view, e, look, shared, lines, xai.METHODS[e.method].label, times))


def _values(e: xai.Explanation) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, e.heatmap)
    return buffer.getvalue()
