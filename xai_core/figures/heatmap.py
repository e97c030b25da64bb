"""One map, large: the picture with the map over it, the raw value of each cell on hover, and a colour bar."""

from __future__ import annotations

import base64

import numpy as np
import plotly.graph_objects as go

from ..direction import ends
from ..escaping import in_html
from ..types import Explanation
from .forms import GAP, bar
from .look import BESIDE, CONTOURS, Look
from .overlay import encode, overlay
from .scale import Scale

TOOLBAR, COLOUR_BAR, WORDS = 28, 72, 26  # pixels above the picture, and beside it without and with words
STOPS = 33  # of the colour bar, an odd number, so that zero is one of them


def heatmap_figure(
    view: np.ndarray, e: Explanation, look: Look, shared: Scale | None = None, height: int = 560
) -> go.Figure:
    """A Plotly figure of `e` over `view` (uint8 (H, W, 3)); axes are pixels of the model's input grid.

    Hover shows the map's own value in the map's own cells, never an interpolated one.
    """
    scale = shared or look.limits([e])
    rows, columns = e.view_size
    words = _directions(e)
    beside = COLOUR_BAR + (WORDS if words else 0)
    figure = go.Figure()
    png = base64.b64encode(encode(overlay(view, e, look, scale))).decode()
    # a form with the picture on the left has its map where the axes count from 0 on
    left = -columns * (1 + GAP / view.shape[1]) if look.form == BESIDE else 0
    figure.add_layout_image(
        source=f"data:image/png;base64,{png}",
        xref="x",
        yref="y",
        x=left,
        y=0,
        sizex=columns - left,
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
            "color": [scale.low],
            "cmin": scale.low,
            "cmax": scale.high,
            "colorscale": _stops(look, e.signed, scale),
            "showscale": look.form != CONTOURS,  # its colours say shares, not values
            "colorbar": {
                "thickness": 12,
                "len": 1,
                "outlinewidth": 0,
                "tickformat": ".3~g",
                "x": 1.01,
                "title": {"text": words, "side": "right"},
            },
        },
    )
    figure.update_xaxes(range=[left, columns], visible=False, constrain="domain", constraintoward="left")
    figure.update_yaxes(range=[rows, 0], visible=False, scaleanchor="x", constrain="domain")
    figure.update_yaxes(constraintoward="top")
    tall = round((height - TOOLBAR) * columns / (columns - left))  # as wide in every form
    figure.update_layout(
        width=round(tall * (columns - left) / rows) + beside,
        height=tall + TOOLBAR,
        dragmode="zoom",
        margin={"l": 0, "r": beside, "t": TOOLBAR, "b": 0, "autoexpand": False},
    )
    return figure


def _directions(e: Explanation) -> str:
    """What the ends of the bar mean; Plotly writes it along the bar from its low end up."""
    low, high = map(in_html, ends(e))
    return "   ".join([*([f"← {low}"] if low else []), *([f"{high} →"] if high else [])])


def _stops(look: Look, signed: bool, scale: Scale) -> list[tuple[float, str]]:
    """The colours of the bar, as they appear, for Plotly."""
    colours = bar(look, signed, scale, STOPS)
    return [(n / (STOPS - 1), f"rgb({r},{g},{b})") for n, (r, g, b) in enumerate(colours)]
