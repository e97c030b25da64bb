"""The maps of a class in the plane, a colour for each cluster; the lasso chooses pictures."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from xai_core.figures import CONCEPT_COLOURS
from xai_core.spuriosity.planning import ClassMaps

from .. import state
from ..widgets import layout
from ..widgets.charts import plot, takeaways

MOST = 24  # pictures that a lasso takes


def show(one: ClassMaps, places: np.ndarray) -> list[int]:
    """The chart; returns the numbers in the class of the pictures that the lasso holds."""
    key = f"plane-{one.target}-{len(one.numbers)}"

    def held() -> None:
        points = state.selected(key, "points")
        if points is not None:
            state.put(picked=tuple(int(point["customdata"]) for point in points[:MOST]))

    drawn = figure(one, places)
    plot(drawn, key=key, on_select=held, selection_mode=("lasso", "points"), config={"displaylogo": False})
    takeaways(drawn, "plane", f"Maps of {one.label}, by t-SNE")
    layout.caption("A point is a picture", "draw a lasso to see its pictures below")
    return [number for number in state.get("picked") if number < len(one.numbers)]


def figure(one: ClassMaps, places: np.ndarray) -> go.Figure:
    """Points (n, 2) by cluster; `customdata` is the number of the picture in the class."""
    made = go.Figure()
    for rank in range(one.clusters.count):
        inside = np.flatnonzero(one.clusters.labels == rank)
        made.add_scatter(
            x=places[inside, 0],
            y=places[inside, 1],
            customdata=inside,
            mode="markers",
            name=f"Cluster {rank + 1}",
            marker={"size": 9, "color": CONCEPT_COLOURS[rank % len(CONCEPT_COLOURS)], "opacity": 0.8},
            hovertemplate=f"Cluster {rank + 1}, picture %{{customdata}}<extra></extra>",
        )
    made.update_layout(height=400, margin={"l": 0, "r": 0, "t": 8, "b": 0}, dragmode="lasso")
    made.update_layout(legend={"orientation": "h", "y": 1.12})
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False, scaleanchor="x")
    return made
