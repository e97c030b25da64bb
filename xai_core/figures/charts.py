"""Charts of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from ..types import ClassScore


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


def _percent(probability: float) -> str:
    return "< 0.1 %" if probability < 0.001 else f"{probability:.1%}".replace("%", " %")
