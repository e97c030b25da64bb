"""Curves with their bands, and a value beside what chance gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go

LINE, POINT, LEGEND, TICKS = 3, 8, 15, 14  # legible from the back of a room


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve over its own `x`: `y`, a band from `low` to `high` or none; `filled` marks single points as
    achieved, all of them by default."""

    x: Sequence[float]
    y: Sequence[float]
    colour: str
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    dash: str = "solid"
    filled: Sequence[bool] = field(default=())


def curves(
    series: Mapping[str, Curve],
    titles: tuple[str, str],
    span: tuple[float, float] | None = (0.0, 1.0),
    log: bool = False,
    height: int = 360,
) -> go.Figure:
    """The curves by name, in order. `span` is the range of y (None: what the curves need); `log` spaces x by
    its logarithm, with a tick at each point."""
    figure = go.Figure()
    for name, curve in series.items():
        if curve.low is not None and curve.high is not None:
            figure.add_scatter(
                x=[*curve.x, *reversed(curve.x)],
                y=[*curve.high, *reversed(curve.low)],
                fill="toself",
                fillcolor=faint(curve.colour),
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
                legendgroup=name,
            )
        few = len(curve.x) <= 12
        symbols = ["circle" if yes else "circle-open" for yes in curve.filled] or "circle"
        figure.add_scatter(
            x=list(curve.x),
            y=list(curve.y),
            name=name,
            mode="lines+markers" if few else "lines",
            line={"color": curve.colour, "width": LINE, "dash": curve.dash},
            marker={"size": POINT, "symbol": symbols, "line": {"width": 2}},
            legendgroup=name,
            hovertemplate=f"{name}<br>{titles[0]} %{{x:.3g}}<br><b>%{{y:.3f}}</b><extra></extra>",
        )
    _lay_out(figure, titles, height)
    figure.update_layout(hovermode="x")  # all curves at once, wherever the pointer is
    if span is not None:
        margin = 0.03 * (span[1] - span[0])
        figure.update_yaxes(range=[span[0] - margin, span[1] + margin])
    if log:
        points = sorted({float(x) for curve in series.values() for x in curve.x})
        figure.update_xaxes(type="log", tickvals=points, ticktext=[f"{x:g}" for x in points])
    return figure


def beside_chance(
    chance: np.ndarray, own: float, titles: tuple[str, str], colours: tuple[str, str], height: int = 320
) -> go.Figure:
    """A histogram of what chance gives, with a line at the value in question."""
    figure = go.Figure()
    low, high = float(min(chance.min(), own)), float(max(chance.max(), own))
    width = max((high - low) / 24, 1e-9)
    figure.add_histogram(
        x=chance,
        xbins={"start": low, "end": high + width, "size": width},
        marker_color=colours[1],
        name=titles[1],
        hovertemplate="%{x}<br><b>%{y}</b><extra></extra>",
    )
    figure.add_vline(x=own, line={"color": colours[0], "width": LINE + 1})
    figure.add_annotation(
        x=own,
        y=1.0,
        yref="paper",
        yanchor="bottom",
        showarrow=False,
        text="this region",
        font={"size": LEGEND, "color": colours[0]},
    )
    _lay_out(figure, titles, height)
    figure.update_layout(showlegend=False, bargap=0.05, margin_t=30)
    return figure


def _lay_out(figure: go.Figure, titles: tuple[str, str], height: int) -> None:
    figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 8, "b": 0}, hovermode="closest")
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "font_size": LEGEND})
    for axes, title in ((figure.update_xaxes, titles[0]), (figure.update_yaxes, titles[1])):
        axes(title={"text": title, "font": {"size": LEGEND}}, tickfont_size=TICKS)


def faint(colour: str, opacity: float = 0.18) -> str:
    """The colour "#rrggbb" as Plotly's transparent one."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"
