"""A Plotly figure as JSON that may come from anybody, and its numbers as a table."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import plotly.io

from ..types import InputError
from .figure_check import checked_figure


def read_figure(text: str) -> go.Figure:
    """The figure. Raises InputError for what `checked_figure` does not accept and for what Plotly does not
    know."""
    return built(checked_figure(text))


def built(checked: str) -> go.Figure:
    """The figure of a text of `checked_figure`. Raises InputError for what Plotly does not know."""
    try:
        figure = plotly.io.from_json(checked)
        for trace in figure.data:  # a trace is built when it is asked for
            str(trace.type)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise InputError(f"A pin's figure is broken ({type(error).__name__}).") from error
    return figure


def figure_table(figure: go.Figure) -> pd.DataFrame:
    """The numbers of a chart, a row each: series, text, x, y, and of a heat map row, column and value; or the
    table as it was. Raises InputError for numbers that do not fit together."""
    try:
        return _table(figure)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise InputError(f"The numbers of this figure are no table ({type(error).__name__}).") from error


def _table(figure: go.Figure) -> pd.DataFrame:
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
