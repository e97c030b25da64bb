"""All units: how many bear which concept, by layer or network, and the units of one concept."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core import concepts
from xai_core.figures import category_bars, concept_bars

from .. import state
from ..state.subject import Subject
from ..widgets import choose, layout, look, tables
from ..widgets.charts import chart, takeaways
from .units import Units

SHOWN = 25  # concepts with a bar
ORDERS = {"count": "Most units", "name": "A to Z"}


def show(subject: Subject, found: dict[str, Units]) -> None:
    """The part "All units" of the page."""
    tables = _by_column(found)
    counted = concepts.counts(tables)
    studies = pd.concat([concepts.study(table) for table in tables.values()], ignore_index=True)
    studies.insert(0, "column", list(tables))
    named = int(studies["interpretable"].sum())
    layout.say(
        f"Of {int(studies['units'].sum()):,} units {named:,} are interpretable; "
        f"they name {counted['concept'].nunique():,} concepts."
    )
    if not named:
        st.info("No unit is named better than chance with these pictures: try more of them, or another way.")
        return
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        chosen = _bars(counted, list(tables))
    with right:
        layout.heading("What kinds of things")
        shares = concepts.shares(counted).fillna(0)
        chart(
            category_bars(list(shares.index), {c: shares[c].tolist() for c in tables}),
            "categories",
            "What kinds of things",
        )
        _numbers(studies)
        _only(counted, list(tables))
    _units_of(found, chosen)
    table = pd.concat([units.table.assign(model=model) for model, units in found.items()], ignore_index=True)
    st.download_button(
        "All names as CSV", table.to_csv(index=False), "units.csv", "text/csv", on_click="ignore"
    )


def _by_column(found: dict[str, Units]) -> dict[str, pd.DataFrame]:
    """A table for each layer, named so that all can stand beside each other."""
    found_in = {}
    for model, units in found.items():
        for layer, part in units.table.groupby("layer", sort=False):
            part.attrs = units.table.attrs
            name = f"{xai.models.find_model(model).label}, {layer}" if len(found) > 1 else str(layer)
            found_in[name] = part
    return found_in


def _bars(counted: pd.DataFrame, columns: list[str]) -> str:
    """The most frequent concepts as bars to click; returns the chosen concept, or ""."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        order = choose.one_of("Order", ORDERS, "bars")
        offered = list(dict.fromkeys(counted["category"]))
        state.put_quietly("kinds", tuple(kind for kind in state.get("kinds") if kind in offered))
        kinds = st.multiselect("Kinds", offered, key=state.bind("kinds"), placeholder="All", width=300)
        state.keep("kinds", tuple(kinds))
    rows = counted[counted["category"].isin(kinds)] if kinds else counted
    head = rows.head(SHOWN)
    head = head.sort_values("concept") if order == "name" else head
    names = head["concept"].tolist()
    chosen = state.get("concept")
    key = f"concepts-{chosen}-{order}-{'.'.join(kinds)}"

    def clicked() -> None:
        points = st.session_state[key].selection.points
        picked = points[0]["customdata"] if points else ""
        picked = picked[0] if isinstance(picked, list) else picked
        state.put(concept="" if picked == chosen else picked)

    figure = concept_bars(names, {c: head[c].tolist() for c in columns}, chosen, look.ink())
    st.plotly_chart(
        figure, key=key, on_select=clicked, selection_mode="points", config={"displayModeBar": False}
    )
    takeaways(figure, "concepts", "Units by concept")
    if len(rows) > SHOWN:
        layout.caption(f"The {SHOWN} most frequent of {len(rows)} concepts")
    options = ["", *rows["concept"].tolist()]
    if chosen not in options:
        options.append(chosen)
    picked = st.selectbox(
        "Units that bear",
        options,
        options.index(chosen),
        key=f"concept-{key}",
        format_func=lambda name: name or "Click a bar, or search here",
    )
    if picked != chosen:
        state.put(concept=picked)
        st.rerun()
    return chosen


def _numbers(studies: pd.DataFrame) -> None:
    columns = {
        "column": "Layer",
        "units": "Units",
        "interpretable": "Interpretable",
        "concepts": "Distinct concepts",
        "threshold": ("Chance", "%.2f"),
    }
    tables.table(studies, "named_units", "Units named, by layer", columns, list(columns))


def _only(counted: pd.DataFrame, columns: list[str]) -> None:
    if len(columns) < 2:
        return
    with st.expander("Concepts that only one of them has"):
        for column in columns:
            names = concepts.only_in(counted, column)
            layout.heading(f"{column}: {len(names)}")
            st.caption(", ".join(names[:40]) + (" …" if len(names) > 40 else "") if names else "None")


def _units_of(found: dict[str, Units], concept: str) -> None:
    """The units that bear the chosen concept, each a step from being looked at."""
    if not concept:
        return
    st.subheader(f"Units that answer to {concept}")
    parts = []
    for model, units in found.items():
        good = concepts.interpretable(units.table) & (units.table["description"] == concept)
        parts.append(units.table[good].assign(model=xai.models.find_model(model).label))
    rows = pd.concat(parts, ignore_index=True).sort_values("similarity", ascending=False)
    if rows.empty:
        st.caption("None above chance.")
        return
    columns = {
        "model": "Network",
        "layer": "Layer",
        "unit": "Unit",
        "similarity": ("Similarity", "%.2f"),
        "runner_ups": "Next best",
    }
    tables.table(rows, "bearers", f"Units that bear {concept}", columns, list(columns), csv="These as CSV")
    own = next(iter(found.values())).table
    first = rows[rows["layer"].isin(own["layer"])].head(6)
    with st.container(horizontal=True, gap="small"):
        for row in first.itertuples():
            st.button(
                f"Look at {row.layer}, unit {row.unit}",
                key=f"look-{row.layer}-{row.unit}-{row.model}",
                on_click=state.put,
                kwargs={"part_of": "unit", "unit_layer": row.layer, "unit": int(row.unit)},
            )
