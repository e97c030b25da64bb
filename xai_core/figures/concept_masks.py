"""Concepts over pictures, each in a colour of its own, and how much each matters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.colors import hex_to_rgb

from ..types import bilinear
from .concepts import ROW, name_rows
from .curves import LEGEND, TICKS
from .forms import grey

CONCEPT_COLOURS = (
    "#2F5BD0",
    "#E08A00",
    "#2F8F5B",
    "#B3446C",
    "#00A3B5",
    "#8C5A2B",
    "#6C5FB0",
    "#9DB017",
    "#E4572E",
    "#5B6B7A",
    "#D66BB8",
    "#3E7CB1",
)
STRONG = 0.8  # opacity of the colour where a concept is strongest


def concept_picture(view: np.ndarray, strengths: np.ndarray, colours: Sequence[str]) -> np.ndarray:
    """uint8 (H, W, 3): the grey picture, each place in the colour of its strongest concept, the stronger the
    more opaque. `strengths` (K, h, w) are 0..1."""
    large = np.stack([bilinear(one, view.shape[:2]) for one in strengths]).clip(0, 1)
    palette = np.array([hex_to_rgb(colour) for colour in colours], np.float32)
    alpha = (STRONG * large.max(0))[..., None]
    ground = grey(view)[..., None]
    return np.rint(ground * (1 - alpha) + palette[large.argmax(0)] * alpha).astype(np.uint8)


def importance_bars(names: Sequence[str], values: Sequence[float], colours: Sequence[str]) -> go.Figure:
    """The total Sobol index of each concept, the first on top, in the concepts' colours."""
    figure = go.Figure()
    figure.add_bar(
        y=list(range(len(names))),
        x=list(values),
        orientation="h",
        marker_color=list(colours),
        customdata=list(names),
        hovertemplate="%{customdata}<br><b>%{x:.1%}</b> of the variance<extra></extra>",
    )
    name_rows(figure, names)
    figure.update_xaxes(
        title={"text": "Total Sobol index", "font": {"size": LEGEND}},
        tickformat=".0%",
        tickfont_size=TICKS,
        rangemode="tozero",
    )
    figure.update_layout(height=80 + ROW * len(names), margin={"l": 0, "r": 0, "t": 8, "b": 0}, bargap=0.25)
    return figure


def beside_random_sets(
    names: Sequence[str],
    scores: Sequence[float],
    beats: Sequence[bool],
    control: Sequence[float],
    accent: str,
    quiet: str,
) -> go.Figure:
    """The TCAV score of each concept, filled where it beats the control, above those of random sets."""
    figure = go.Figure()
    figure.add_scatter(
        x=list(control),
        y=[len(names)] * len(control),
        mode="markers",
        marker={"color": quiet, "size": 11, "symbol": "line-ns-open", "line": {"width": 2}},
        hovertemplate="A random set<br><b>%{x:.2f}</b><extra></extra>",
    )
    figure.add_scatter(
        x=list(scores),
        y=list(range(len(names))),
        mode="markers",
        marker={
            "color": accent,
            "size": 14,
            "symbol": ["circle" if one else "circle-open" for one in beats],
            "line": {"width": 2},
        },
        customdata=list(names),
        hovertemplate="%{customdata}<br><b>%{x:.2f}</b><extra></extra>",
    )
    figure.update_yaxes(
        tickvals=list(range(len(names) + 1)),
        ticktext=[*names, "random sets"],
        range=[len(names) + 0.6, -0.6],
        tickfont_size=TICKS,
        fixedrange=True,
    )
    figure.update_xaxes(
        title={"text": "TCAV score", "font": {"size": LEGEND}}, range=[-0.03, 1.03], tickfont_size=TICKS
    )
    figure.update_layout(
        height=100 + 34 * (len(names) + 1), margin={"l": 0, "r": 0, "t": 8, "b": 0}, showlegend=False
    )
    return figure
