"""Charts of numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ..types import ClassScore
from .colours import colour_stops

MOST_NUMBERS = 6  # maps of which the numbers fit into the cells of a matrix


def top_classes(
    scores: Sequence[ClassScore], chosen: int, accent: str, quiet: str, ink: str, height: int = 240
) -> go.Figure:
    """Horizontal bars of probability, best on top; the chosen class in the accent colour, others in the quiet
    one, text in the ink.

    Each bar carries its class name above it and its percentage at its end; hover adds the logit.
    """
    rows = list(reversed(scores))
    figure = go.Figure(
        go.Bar(
            x=[score.probability for score in rows],
            y=[f"{score.index}" for score in rows],
            orientation="h",
            marker_color=[accent if score.index == chosen else quiet for score in rows],
            customdata=[(score.label, score.logit) for score in rows],
            hovertemplate="%{customdata[0]} (%{y})<br>%{x:.2%}, logit %{customdata[1]:.3f}<extra></extra>",
            width=0.34,
        )
    )
    for row, score in enumerate(rows):
        label = {"y": row + 0.36, "showarrow": False, "font_size": 15, "font_color": ink, "yanchor": "middle"}
        figure.add_annotation(x=0, xref="paper", xanchor="left", text=score.label, **label)
        figure.add_annotation(x=1, xref="paper", xanchor="right", text=_percent(score.probability), **label)
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, type="category", range=[-0.4, len(rows) - 0.35], fixedrange=True)
    figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 4, "b": 0}, bargap=0)
    return figure


def agreement_matrix(labels: Sequence[str], table: np.ndarray, kind: str, ink: str) -> go.Figure:
    """A table (n, n) of agreement as coloured cells with their numbers: kind "rank" on -1..1, diverging; kind
    "iou" on 0..1, sequential. Cells without a value (a flat map) stay empty. The numbers of many maps have no
    room in the cells and are shown on hover alone."""
    signed, roomy = kind == "rank", len(labels) <= MOST_NUMBERS
    colours = colour_stops("rdbu" if signed else "viridis")
    names = [folded(label) for label in labels]
    text = [["" if np.isnan(value) else f"{value:.2f}".replace("-", "−") for value in row] for row in table]
    figure = go.Figure(
        go.Heatmap(
            z=table,
            x=names,
            y=names,
            text=text,
            texttemplate="%{text}" if roomy else "",
            textfont_size=15,
            colorscale=colours,
            zmin=-1 if signed else 0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y}<br>%{x}<br><b>%{z:.3f}</b><extra></extra>",
        )
    )
    figure.update_xaxes(side="bottom", tickfont={"size": 13, "color": ink}, fixedrange=True, showgrid=False)
    figure.update_xaxes(automargin=True, autotickangles=[0, -45, -90])  # long names would overlap
    figure.update_yaxes(
        autorange="reversed", tickfont={"size": 13, "color": ink}, fixedrange=True, showgrid=False
    )
    height = 120 + (56 if roomy else 32) * len(labels)
    figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 4, "b": 0})
    return figure


def grouped_bars(
    names: Sequence[str], series: dict[str, Sequence[float]], colours: dict[str, str], title: str
) -> go.Figure:
    """For each name a group of bars, one a series (0..1), each series in its own colour."""
    figure = go.Figure(
        [
            go.Bar(
                x=list(names),
                y=list(values),
                name=label,
                marker_color=colours[label],
                hovertemplate=f"{label}<br>%{{x}}<br><b>%{{y:.2f}}</b><extra></extra>",
            )
            for label, values in series.items()
        ]
    )
    figure.update_layout(barmode="group", height=340, margin={"l": 0, "r": 0, "t": 8, "b": 0}, bargap=0.25)
    figure.update_layout(legend={"orientation": "h", "y": 1.12, "font_size": 14})
    figure.update_yaxes(title=title, range=[0, 1], tickfont_size=13)
    figure.update_xaxes(tickfont_size=13)
    return figure


def scatter(
    x: Sequence[float],
    series: dict[str, Sequence[float]],
    colours: dict[str, str],
    names: Sequence[str],
    titles: tuple[str, str],
) -> go.Figure:
    """Points of several series over the same x, each series in its own colour; hover names the point."""
    figure = go.Figure(
        [
            go.Scatter(
                x=list(x),
                y=list(values),
                mode="markers",
                name=label,
                text=list(names),
                marker={"size": 11, "color": colours[label], "opacity": 0.85},
                hovertemplate=f"%{{text}}<br>{label}<br>{titles[0]} %{{x:.3g}}"
                "<br><b>%{y:.2f}</b><extra></extra>",
            )
            for label, values in series.items()
        ]
    )
    figure.update_layout(height=340, margin={"l": 0, "r": 0, "t": 8, "b": 0})
    figure.update_layout(legend={"orientation": "h", "y": 1.12, "font_size": 14})
    figure.update_xaxes(title=titles[0], tickfont_size=13)
    figure.update_yaxes(title=titles[1], tickfont_size=13)
    return figure


def error_bars(
    names: Sequence[str],
    means: Sequence[float],
    errors: Sequence[float],
    strong: Sequence[bool],
    colours: tuple[str, str],
    title: str,
) -> go.Figure:
    """A bar for each name with its spread; `strong` ones in the first colour, the others in the second."""
    figure = go.Figure(
        go.Bar(
            x=list(names),
            y=list(means),
            error_y={"type": "data", "array": list(errors), "thickness": 1.5, "width": 3},
            marker_color=[colours[0] if yes else colours[1] for yes in strong],
            hovertemplate="superpixel %{x}<br><b>%{y:.3f}</b> ± %{error_y.array:.3f}<extra></extra>",
        )
    )
    figure.update_layout(height=340, margin={"l": 0, "r": 0, "t": 8, "b": 0}, bargap=0.2)
    figure.update_yaxes(title=title, tickfont_size=13)
    figure.update_xaxes(title="Superpixel", type="category", tickfont_size=12)
    return figure


def folded(label: str, width: int = 20) -> str:
    """A long name on several lines of a chart."""
    return "<br>".join(textwrap.wrap(label, width))


def _percent(probability: float) -> str:
    return "< 0.1 %" if probability < 0.001 else f"{probability:.1%}".replace("%", " %")
