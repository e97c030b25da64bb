"""A confusion matrix whose cells can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from .charts import folded
from .curves import faint

CELL = 44  # pixels down
WIDE = 7  # columns whose names have room to lie flat


def confusion_matrix(
    rows: Sequence[str],
    columns: Sequence[str],
    counts: np.ndarray,
    chosen: tuple[int, int] | None,
    accent: str,
    ink: str,
) -> go.Figure:
    """Counts (rows, columns), in the accent colour by their share of the row, zero left empty. Over each cell
    that is not zero lies an invisible point whose `customdata` is "row.column": a heat map itself cannot be
    selected from."""
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure = go.Figure()
    figure.add_heatmap(
        z=np.where(counts > 0, 0.15 + 0.85 * share, np.nan),
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        colorscale=[[0, faint(accent, 0.0)], [1, accent]],
        hoverinfo="skip",
    )
    down, across = np.nonzero(counts)
    places = np.stack([down, across], 1)
    figure.add_scatter(
        x=across,
        y=down,
        mode="markers+text",
        customdata=[f"{y}.{x}" for y, x in places],
        showlegend=False,
        text=[f"{counts[y, x]}" for y, x in places],
        textfont={"size": 15, "color": ["white" if share[y, x] > 0.4 else ink for y, x in places]},
        marker={"size": CELL - 8, "symbol": "square", "color": "rgba(0, 0, 0, 0)"},
        selected={"marker": {"opacity": 0}, "textfont": {"color": None}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate=[
            f"{rows[y]}<br>answered {columns[x]}<br><b>{counts[y, x]}</b><extra></extra>" for y, x in places
        ],
    )
    if chosen is not None:
        y, x = chosen
        figure.add_shape(
            type="rect", x0=x - 0.5, x1=x + 0.5, y0=y - 0.5, y1=y + 0.5, line={"color": ink, "width": 3}
        )
    font = {"size": 14, "color": ink}
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=[folded(name, 11) for name in columns],
        tickfont=font,
        fixedrange=True,
        showgrid=False,
        zeroline=False,
        side="bottom",
        range=[-0.5, len(columns) - 0.5],
        title={"text": "Answer", "font": font},
        tickangle=None if len(columns) <= WIDE else -45,
        ticklabeloverflow="allow",
        autotickangles=[0, -45, -90],  # on a narrow screen the names of a few columns would overlap, too
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=list(rows),
        tickfont=font,
        fixedrange=True,
        showgrid=False,
        zeroline=False,
        range=[len(rows) - 0.5, -0.5],
    )
    figure.update_layout(
        height=110 + CELL * len(rows),
        margin={"l": 0, "r": 0, "t": 4, "b": 0},
        dragmode=False,
        clickmode="event+select",
    )
    return figure
