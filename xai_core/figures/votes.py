"""What people in a study said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from .curves import LEGEND, TICKS

ROW = 34  # pixels of a line
TICKED = (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class Favour:
    """A mean score, -2..2, with what it may lie between; `about` is shown on hover."""

    name: str
    mean: float
    low: float
    high: float
    about: str = ""


def vote_bars(
    names: Sequence[str], counts: Sequence[int], accent: str, quiet: str, ink: str, height: int = 300
) -> go.Figure:
    """How often each answer was given; the upper half of them, which favours the better, in the accent."""
    middle = len(names) // 2
    figure = go.Figure(
        go.Bar(
            x=list(names),
            y=list(counts),
            text=list(counts),
            textposition="outside",
            cliponaxis=False,
            marker_color=[accent if place > middle else quiet for place in range(len(names))],
            textfont={"size": LEGEND, "color": ink},
            hovertemplate="%{x}<br><b>%{y}</b> answers<extra></extra>",
        )
    )
    figure.update_yaxes(visible=False, fixedrange=True, range=[0, 1.15 * max(*counts, 1)])
    figure.update_xaxes(tickfont={"size": TICKS, "color": ink}, fixedrange=True, tickangle=0)
    figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 8, "b": 0}, bargap=0.25)
    return figure


def favour_lines(rows: Sequence[Favour], title: str, accent: str, ink: str) -> go.Figure:
    """Means as dots with their bars on -2..2, the first on top, with a line at zero."""
    places = list(range(len(rows)))
    figure = go.Figure(
        go.Scatter(
            x=[row.mean for row in rows],
            y=places,
            mode="markers",
            showlegend=False,
            marker={"size": 13, "color": accent},
            error_x={
                "type": "data",
                "symmetric": False,
                "thickness": 2.5,
                "width": 0,
                "color": accent,
                "array": [row.high - row.mean for row in rows],
                "arrayminus": [row.mean - row.low for row in rows],
            },
            customdata=[(row.name, row.about) for row in rows],
            hovertemplate="%{customdata[0]}<br><b>%{x:+.2f}</b><br>%{customdata[1]}<extra></extra>",
        )
    )
    figure.add_vline(x=0, line={"width": 1.5, "color": "#8A9099"})
    figure.update_yaxes(
        tickvals=places,
        ticktext=[row.name for row in rows],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        tickfont={"size": TICKS, "color": ink},
        fixedrange=True,
        automargin=True,
        zeroline=False,
    )
    figure.update_xaxes(
        range=[-2.1, 2.1],
        tickvals=TICKED,
        ticktext=["−2", "−1", "0", "+1", "+2"],
        tickfont_size=TICKS,
        fixedrange=True,
        zeroline=False,
        title={"text": title, "font": {"size": LEGEND}},
    )
    figure.update_layout(height=90 + ROW * max(len(rows), 2), margin={"l": 0, "r": 0, "t": 8, "b": 0})
    return figure
