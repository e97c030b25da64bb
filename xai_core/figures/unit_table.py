"""The table of named units as HTML: pandas' own layout, with a bar behind each similarity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ..escaping import in_html
from .tables import table_figure

ROWS = 20  # more are cut out of the middle
CELL = "padding:2px 10px;text-align:left;vertical-align:top"
INK, LINE, BAR = "#20242A", "#DFE2E6", "rgba(47,91,208,0.18)"


def unit_html(table: pd.DataFrame) -> str:
    """A <div> with a sentence that counts the units, and their table; names that pass their layer's threshold
    are bold. Every text is escaped."""
    passed = _passed(table)
    half = ROWS // 2
    numbers = list(range(len(table)))
    shown = numbers if len(numbers) <= ROWS else [*numbers[:half], None, *numbers[-half:]]
    top = float(table["similarity"].max())
    head = "".join(f'<th style="{CELL}">{in_html(str(name))}</th>' for name in ["", *table.columns])
    lines = [_line(table, number, passed, top) for number in shown]
    return (
        '<div style="font:14px/1.45 system-ui,sans-serif">'
        f'<p style="margin:0 0 6px">{_counted(table, passed)}</p>'
        f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _passed(table: pd.DataFrame) -> list[bool]:
    """Which units are named better than their layer's threshold; none where no threshold is known."""
    thresholds: Mapping[str, float] = table.attrs.get("thresholds", {})
    pairs = zip(table["layer"], table["similarity"], strict=True)
    return [bool(value > thresholds.get(layer, float("inf"))) for layer, value in pairs]


def _counted(table: pd.DataFrame, passed: list[bool]) -> str:
    layers = ", ".join(dict.fromkeys(map(str, table["layer"])))
    makers = ", ".join(dict.fromkeys(map(str, table["backend"])))
    measure = table.attrs.get("measure", "similarity")
    text = f"{len(table)} units of {layers}, named by {makers} ({measure}); {sum(passed)} interpretable"
    return in_html(text)


def _line(table: pd.DataFrame, number: int | None, passed: list[bool], top: float) -> str:
    if number is None:
        return f'<tr><td style="{CELL}" colspan="{len(table.columns) + 1}">…</td></tr>'
    cells = [f'<td style="{CELL};opacity:0.6">{in_html(str(table.index[number]))}</td>']
    for name in table.columns:
        value = table[name].iloc[number]
        style, text = CELL, in_html("" if pd.isna(value) else _text(name, value))
        if name == "similarity" and pd.notna(value) and top > 0:
            share = 100 * min(max(float(value) / top, 0.0), 1.0)
            style += f";background:linear-gradient(90deg,{BAR} {share:.1f}%,transparent {share:.1f}%)"
        if name == "description" and passed[number]:
            text = f"<strong>{text}</strong>"
        cells.append(f'<td style="{style}">{text}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _text(name: str, value: Any) -> str:
    return f"{value:.3f}" if name == "similarity" else str(value)


def unit_figure(table: pd.DataFrame) -> go.Figure:
    """The table as a Plotly figure."""
    return table_figure(table, {"similarity": ".3f"}, INK, LINE)
