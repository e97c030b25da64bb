"""One map, large: the picture with the map over it, the raw value of each cell on hover, and a colour bar."""

from __future__ import annotations

import base64

import numpy as np
import plotly.graph_objects as go

from ..types import Explanation
from .colours import colour_stops
from .overlay import Look, encode, limits, overlay

TOOLBAR, COLOUR_BAR = 28, 72  # pixels above and beside the picture


def heatmap_figure(
    view: np.ndarray, e: Explanation, look: Look, shared: tuple[float, float] | None = None, height: int = 560
) -> go.Figure:
    """A Plotly figure of `e` over `view` (uint8 (H, W, 3)); axes are pixels of the model's input grid.

    Hover shows the map's own value in the map's own cells, never an interpolated one.
    """
    low, high = shared or limits([e])
    rows, columns = e.view_size
    figure = go.Figure()
    png = base64.b64encode(encode(overlay(view, e, look, (low, high)))).decode()
    figure.add_layout_image(
        source=f"data:image/png;base64,{png}",
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=columns,
        sizey=rows,
        sizing="stretch",
        layer="below",
    )
    h, w = e.heatmap.shape
    if e.segments is None:
        places = np.stack(np.meshgrid(np.arange(h), np.arange(w), indexing="ij"), axis=-1)
        where = "row %{customdata[0]}, column %{customdata[1]}"
    else:
        places, where = e.segments[:, :, None], "superpixel %{customdata[0]}"
    figure.add_heatmap(
        z=e.heatmap,
        x0=columns / w / 2,
        dx=columns / w,
        y0=rows / h / 2,
        dy=rows / h,
        opacity=0,
        showscale=False,
        hoverongaps=False,
        customdata=places,
        hovertemplate=f"<b>%{{z:.4g}}</b><br>{where}<extra></extra>",
    )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={
            "color": [low],
            "cmin": low,
            "cmax": high,
            "colorscale": colour_stops(look.scale_of(e.signed)),
            "showscale": True,
            "colorbar": {"thickness": 12, "len": 1, "outlinewidth": 0, "tickformat": ".3~g", "x": 1.01},
        },
    )
    figure.update_xaxes(range=[0, columns], visible=False, constrain="domain", constraintoward="left")
    figure.update_yaxes(range=[rows, 0], visible=False, scaleanchor="x", constrain="domain")
    figure.update_yaxes(constraintoward="top")
    figure.update_layout(
        width=round((height - TOOLBAR) * columns / rows) + COLOUR_BAR,
        height=height,
        dragmode="zoom",
        margin={"l": 0, "r": COLOUR_BAR, "t": TOOLBAR, "b": 0, "autoexpand": False},
    )
    return figure
