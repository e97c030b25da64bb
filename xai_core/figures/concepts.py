"""Charts of named units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from .curves import LEGEND, TICKS

ROW = 26  # pixels a bar needs
COLOURS = ("#2F5BD0", "#E08A00", "#2F8F5B", "#B3446C", "#6C5FB0", "#7A8290")  # one a layer or network


def name_rows(figure: go.Figure, names: Sequence[str]) -> None:
    """Give each bar 0, 1, ... its name, the first on top."""
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=list(names),
        range=[len(names) - 0.4, -0.6],
        tickfont_size=TICKS,
        fixedrange=True,
        showgrid=False,
    )


def concept_bars(
    concepts: Sequence[str],
    series: Mapping[str, Sequence[int]],
    chosen: str,
    ink: str,
    counted: str = "Units",
) -> go.Figure:
    """Units a concept, the first on top, a stacked bar for each of the series; `customdata` is the concept.
    The chosen one's name is bold; `counted` is what the units are called."""
    figure = go.Figure()
    for number, (name, values) in enumerate(series.items()):
        figure.add_bar(
            y=list(range(len(concepts))),
            x=list(values),
            orientation="h",
            name=name,
            marker_color=COLOURS[number % len(COLOURS)],
            customdata=list(concepts),
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
            hovertemplate=f"%{{customdata}}<br>{name}<br><b>%{{x}}</b><extra></extra>",
        )
    names = [f"<b>{name}</b>" if name == chosen else name for name in concepts]
    figure.update_yaxes(
        tickvals=list(range(len(concepts))),
        ticktext=names,
        range=[len(concepts) - 0.4, -0.6],
        tickfont={"size": TICKS, "color": ink},
        fixedrange=True,
        showgrid=False,
    )
    figure.update_xaxes(title={"text": counted, "font": {"size": LEGEND}}, tickfont_size=TICKS, dtick=None)
    figure.update_layout(
        barmode="stack",
        height=110 + ROW * max(len(concepts), 4),
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font_size": LEGEND},
        clickmode="event+select",
        dragmode=False,
        bargap=0.25,
    )
    return figure


def category_bars(
    categories: Sequence[str], series: Mapping[str, Sequence[float]], height: int = 330
) -> go.Figure:
    """The share of units in each category, a group of bars for each."""
    figure = go.Figure()
    for number, (name, values) in enumerate(series.items()):
        figure.add_bar(
            x=list(categories),
            y=list(values),
            name=name,
            marker_color=COLOURS[number % len(COLOURS)],
            hovertemplate=f"{name}<br>%{{x}}<br><b>%{{y:.0%}}</b><extra></extra>",
        )
    figure.update_yaxes(tickformat=".0%", tickfont_size=TICKS)
    figure.update_xaxes(tickfont_size=TICKS)
    figure.update_layout(
        barmode="group",
        height=height,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        bargap=0.25,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "font_size": LEGEND},
    )
    return figure


def contribution_bars(
    names: Sequence[str], values: Sequence[float], off: Sequence[bool], accent: str, quiet: str
) -> go.Figure:
    """What each unit adds to a logit, the first on top; those that are switched off in the quiet colour."""
    figure = go.Figure()
    figure.add_bar(
        y=list(range(len(names))),
        x=list(values),
        orientation="h",
        marker_color=[quiet if gone else accent for gone in off],
        customdata=list(names),
        hovertemplate="%{customdata}<br><b>%{x:.3f}</b> of the logit<extra></extra>",
    )
    name_rows(figure, names)
    figure.update_xaxes(title={"text": "Part of the logit", "font": {"size": LEGEND}}, tickfont_size=TICKS)
    figure.update_layout(height=70 + ROW * len(names), margin={"l": 0, "r": 0, "t": 8, "b": 0}, bargap=0.25)
    return figure


def answers_histogram(
    values: np.ndarray, marked: float, accent: str, quiet: str, height: int = 240
) -> go.Figure:
    """How a unit answers to a set of pictures, with a line at the least of its top ones."""
    figure = go.Figure()
    figure.add_histogram(
        x=values, nbinsx=40, marker_color=quiet, hovertemplate="%{x}<br><b>%{y}</b><extra></extra>"
    )
    figure.add_vline(x=marked, line={"color": accent, "width": 3})
    figure.update_xaxes(title={"text": "Mean activation", "font": {"size": LEGEND}}, tickfont_size=TICKS)
    figure.update_yaxes(title={"text": "Pictures", "font": {"size": LEGEND}}, tickfont_size=TICKS)
    figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 8, "b": 0}, bargap=0.03, showlegend=False
    )
    return figure
