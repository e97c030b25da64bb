"""A Plotly figure as JSON that may come from anybody, and its numbers as a table."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import plotly.io

from ..types import InputError

TRACES = ("bar", "box", "heatmap", "histogram", "scatter", "table")  # none of them fetches anything


def read_figure(text: str) -> go.Figure:
    """The figure. Raises InputError for what Plotly does not know, for kinds of traces that the app does not
    draw, and for pictures that are not inside the figure: they would be fetched from elsewhere."""
    try:
        if not isinstance(json.loads(text), dict):
            raise TypeError("no table")
        figure = plotly.io.from_json(text)
        traces = [trace.type for trace in figure.data]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise InputError(f"A pin's figure is broken ({type(error).__name__}).") from error
    strange = set(traces) - set(TRACES)
    if strange:
        raise InputError(
            f"A pin's figure holds {', '.join(sorted(strange))}; accepted are {', '.join(TRACES)}."
        )
    for image in figure.layout.images:
        if not str(image.source or "").startswith("data:image/"):
            raise InputError(
                f"A pin's figure fetches {str(image.source)[:60]!r}; only pictures inside it are accepted."
            )
    return figure


def figure_table(figure: go.Figure) -> pd.DataFrame:
    """The numbers of a chart, a row each: series, text, x, y, and of a heat map row, column and value; or the
    table as it was."""
    if len(figure.data) == 1 and figure.data[0].type == "table":
        names = [re.sub("</?b>", "", str(name)) for name in figure.data[0].header["values"]]
        return pd.DataFrame(dict(zip(names, map(_values, figure.data[0].cells["values"]), strict=True)))
    return pd.concat([_rows(trace) for trace in figure.data] or [pd.DataFrame()], ignore_index=True)


def _rows(trace: Any) -> pd.DataFrame:
    found = {
        name: _values(trace[name])
        for name in ("text", "x", "y", "z")
        if name in trace and trace[name] is not None
    }
    series = trace.name or ""
    if trace.type == "heatmap":
        z = found["z"]
        down, across = np.indices(z.shape).reshape(2, -1)
        y, x = (found.get(axis, np.arange(n)) for axis, n in zip("yx", z.shape, strict=True))
        return pd.DataFrame({"series": series, "y": y[down], "x": x[across], "value": z.ravel()})
    length = max((len(values) for values in found.values()), default=0)
    columns = {name: list(values) for name, values in found.items() if len(values) == length}
    return pd.DataFrame({"series": [series] * length} | columns)


def _values(given: Any) -> np.ndarray:
    """The array of a trace; Plotly writes those of NumPy as base64 and leaves them so when it reads."""
    if isinstance(given, dict):
        found = np.frombuffer(base64.b64decode(given["bdata"]), given["dtype"])
        return found.reshape([int(n) for n in str(given.get("shape", len(found))).split(",")])
    return np.atleast_1d(np.asarray(given, dtype=None if np.ndim(given) == 2 else object))


def figure_picture(figure: go.Figure) -> tuple[str, bytes] | None:
    """The picture of a figure that shows nothing else: its kind ("png", "jpeg") and its file; else None."""
    if figure.data or len(figure.layout.images) != 1:
        return None
    found = re.fullmatch(
        r"data:image/(png|jpeg);base64,([A-Za-z0-9+/]+={0,2})", figure.layout.images[0].source
    )
    return (found[1], base64.b64decode(found[2])) if found and len(found[2]) % 4 == 0 else None
