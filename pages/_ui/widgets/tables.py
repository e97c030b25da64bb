"""A table as every page shows it: with what a person may take away."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from xai_core.escaping import in_markdown
from xai_core.figures import table_figure

from .. import state
from . import late, look
from .pins import pin_chart

Column = str | tuple[str, str]  # a column's title, or its title and the format of its numbers
Columns = Mapping[str, Column]
ROW, MOST = 35, 400  # pixels: the height of a row, and that of a table at which it scrolls
_D3 = {"percent": ".1%", "localized": ",", "bar": ".2f"}


def table(
    frame: pd.DataFrame,
    name: str,
    title: str,
    columns: Columns,
    order: Sequence[str] | None = None,
    whole: pd.DataFrame | None = None,
    csv: str = "Table as CSV",
    tall: int = MOST,
    opened: Callable[[int], None] | None = None,
) -> None:
    """The columns of `order` (all of them if None), and below them the CSV of `whole` and the button for the
    pinboard, where the table goes under `title`. `name` is unique on the page and names the file. A format
    is "percent", "localized", "bar" (a number from 0 to 1), or printf's ("%.2f"). The table scrolls
    where it is taller than `tall` pixels. With `opened` rows can be ticked, and it is called with the number
    of the one that is."""
    shown = frame[list(order or frame.columns)]
    parts = {key: columns.get(key, key) for key in shown}
    formats = {key: part for key, part in parts.items() if isinstance(part, tuple)}
    config = {key: _column(*part) if isinstance(part, tuple) else part for key, part in parts.items()}
    height = min(ROW * (len(shown) + 1), tall)
    more = _ticked(f"rows-{name}-{_digest(shown)}", opened) if opened else {}
    options = {"hide_index": True, "column_config": config, "height": height} | more
    late.draw(lambda place: place.dataframe(shown, **options), height)
    named = {key: part[0] if isinstance(part, tuple) else part for key, part in parts.items()}
    d3 = {named[key]: _D3.get(form, form.lstrip("%")) for key, (_, form) in formats.items()}
    with st.container(horizontal=True, gap="medium"):
        st.download_button(
            in_markdown(csv),
            lambda: (frame if whole is None else whole).to_csv(index=False),
            f"{name}.csv",
            "text/csv",
            key=f"csv-{name}",
            on_click="ignore",
            type="tertiary",
        )
        pin_table(shown.rename(columns=named), title, name, d3)


def _ticked(key: str, opened: Callable[[int], None]) -> dict[str, Any]:
    """What makes rows of a table tickable."""

    def ticked() -> None:
        rows = state.selected(key, "rows")
        if rows:
            opened(rows[0])

    return {"key": key, "on_select": ticked, "selection_mode": "single-row"}


def _digest(frame: pd.DataFrame) -> str:
    """Of what the table shows: another table must not begin with the row that was ticked in this one."""
    return hashlib.sha256(frame.to_csv().encode()).hexdigest()[:12]


def pin_table(frame: pd.DataFrame, title: str, name: str, formats: Mapping[str, str] | None = None) -> None:
    """The button that puts a table on the pinboard; `formats` as d3 writes them."""
    pin_chart(lambda: table_figure(frame, formats or {}, look.ink(), look.quiet()), title, f"table-{name}")


def _column(title: str, form: str) -> ColumnConfig:
    if form == "bar":
        return st.column_config.ProgressColumn(title, min_value=0.0, max_value=1.0, format="%.2f")
    return st.column_config.NumberColumn(title, format=form)
