"""A table as a Plotly figure, so that it can lie on a board and in a report beside charts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

HEADER, LINE = 34, 28  # pixels
CLEAR = "rgba(0,0,0,0)"


def table_figure(frame: pd.DataFrame, formats: Mapping[str, str], ink: str, line: str) -> go.Figure:
    """The columns of `frame` under their own names. `formats`: column -> d3-format; numbers stay numbers, so
    that what reads the figure has all their digits. Numbers are aligned right; a missing one is empty."""
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) and frame[name].dtype != bool for name in frame]
    align = ["right" if number else "left" for number in numeric]
    values = [
        [None if pd.isna(value) else value for value in frame[name].tolist()]
        if number
        else frame[name].astype(str).tolist()
        for name, number in zip(frame, numeric, strict=True)
    ]
    font = {"color": ink, "size": 13}
    figure = go.Figure(
        go.Table(
            header={
                "values": [f"<b>{name}</b>" for name in frame],
                "align": align,
                "height": HEADER,
                "fill_color": CLEAR,
                "line_color": line,
                "font": font,
            },
            cells={
                "values": values,
                "align": align,
                "height": LINE,
                "fill_color": CLEAR,
                "line_color": line,
                "font": font,
                "format": [formats.get(str(name), "") for name in frame],
            },
        )
    )
    figure.update_layout(
        height=HEADER + LINE * len(frame) + 2, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode=False
    )
    return figure
