"""Two groups of numbers beside each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from .curves import LEGEND, TICKS

COLOURS = ("#2F8F5B", "#C8553D")  # the first group, the second; told apart by every kind of eye


def two_histograms(groups: Mapping[str, np.ndarray], title: str, height: int = 300) -> go.Figure:
    """How often each value in 0..1 occurs in two groups, over each other, in twenty bins. The bars of the
    second are hatched, for whom its colour does not tell them apart."""
    figure = go.Figure()
    for (name, values), colour, pattern in zip(groups.items(), COLOURS, ("", "/"), strict=True):
        figure.add_histogram(
            x=values,
            name=f"{name}, {len(values)}",
            xbins={"start": 0, "end": 1, "size": 0.05},
            marker={"color": colour, "pattern": {"shape": pattern, "size": 6}},
            opacity=0.7,
            hovertemplate=f"{name}<br>%{{x}}<br><b>%{{y}}</b><extra></extra>",
        )
    figure.update_layout(barmode="overlay", bargap=0.03)
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    return _lay_out(figure, title, "Pictures", height)


def two_boxes(groups: Mapping[str, np.ndarray], title: str, height: int = 300) -> go.Figure:
    """Quartiles, whiskers and outliers of two groups, with the mean dashed."""
    figure = go.Figure()
    for (name, values), colour in zip(groups.items(), COLOURS, strict=True):
        figure.add_box(
            y=values, name=name, marker_color=colour, boxmean=True, boxpoints="outliers", showlegend=False
        )
    return _lay_out(figure, "", title, height)


def _lay_out(figure: go.Figure, across: str, up: str, height: int) -> go.Figure:
    figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 8, "b": 0})
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "font_size": LEGEND})
    figure.update_xaxes(title={"text": across, "font": {"size": LEGEND}}, tickfont_size=TICKS)
    figure.update_yaxes(title={"text": up, "font": {"size": LEGEND}}, tickfont_size=TICKS)
    return figure
