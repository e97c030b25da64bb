"""The ranks that methods may have, a bar each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from .curves import LEGEND, TICKS

ROW = 38  # pixels


@dataclass(frozen=True)
class RankRow:
    """A method: its name, colour, the ranks from `low` to `high` that it may have, the rank of its mean, and
    the letters that it shares with those from which it cannot be told apart."""

    label: str
    colour: str
    low: int
    high: int
    at: int
    letters: str


def rank_intervals(rows: Sequence[RankRow], ink: str) -> go.Figure:
    """From the best mean, at the top, to the worst; letters stand behind the names, in the colour `ink`."""
    figure = go.Figure()
    names = [f"{row.label} ({row.letters})" if row.letters else row.label for row in rows]
    for name, row in zip(names, rows, strict=True):
        said = str(row.low) if row.low == row.high else f"{row.low} to {row.high}"
        hover = f"{row.label}<br>rank {said}, of its mean {row.at}<extra></extra>"
        figure.add_scatter(
            x=[row.low - 0.12, row.high + 0.12],
            y=[name, name],
            mode="lines",
            line={"color": row.colour, "width": 14},
            opacity=0.4,
            hovertemplate=hover,
            showlegend=False,
        )
        figure.add_scatter(
            x=[row.at],
            y=[name],
            mode="markers",
            marker={"color": row.colour, "size": 12},
            hovertemplate=hover,
            showlegend=False,
        )
    figure.update_xaxes(
        title={"text": "Rank", "font_size": LEGEND},
        range=[0.6, len(rows) + 0.4],
        dtick=1,
        tickfont_size=TICKS,
        side="bottom",
        fixedrange=True,
        zeroline=False,
    )
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=names[::-1],
        tickfont={"size": TICKS, "color": ink},
        automargin=True,
        fixedrange=True,
    )
    figure.update_layout(height=90 + ROW * len(rows), margin={"l": 0, "r": 0, "t": 8, "b": 0})
    return figure
