"""All units: how many bear which concept, by layer or network, and the units of one concept."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core import concepts
from xai_core.escaping import in_markdown
from xai_core.figures import category_bars, concept_bars

from .. import state
from ..state.subject import Subject
from ..widgets import choose, layout, look, tables
from ..widgets.charts import chart, plot, takeaways
from . import verdict
from .units import Units
from .words import Words, short, words_for

SHOWN = 25  # concepts with a bar


def show(subject: Subject, found: dict[str, Units]) -> None:
    """The part "All units" of the page."""
    tables = _by_column(found)
    studies = pd.concat([concepts.study(table) for table in tables.values()], ignore_index=True)
    studies.insert(0, "column", list(tables))
    total, passed = int(studies["units"].sum()), int(studies["interpretable"].sum())
    sure = concepts.counts(tables)
    shown = next(iter(found.values()))
    by_masks, words = shown.probing.by_masks, _words(found)
    guesses = not passed if by_masks else verdict.guesses(passed, total)
    number = sure["concept"].nunique() if passed else 0
    every = len(set(shown.photographs))
    layout.say(
        verdict.by_masks(total, passed, number, words)
        if by_masks
        else verdict.all_units(total, passed, number, every, words)
    )
    counted = concepts.counts(tables, guesses)
    if guesses:
        limit = "overlapping enough or not" if by_masks else "better than chance or not"
        layout.note(f"Below: what each {words.unit} would be called, {limit}.")
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        chosen = _bars(counted, list(tables), words)
    with right:
        layout.heading("What kinds of things")
        shares = concepts.shares(counted).fillna(0)
        chart(
            category_bars(list(shares.index), {c: shares[c].tolist() for c in tables}),
            "categories",
            "What kinds of things",
        )
        _numbers(studies, by_masks, words)
        _only(counted, list(tables))
    _units_of(found, chosen, guesses, words)
    table = pd.concat([units.table.assign(model=model) for model, units in found.items()], ignore_index=True)
    st.download_button(
        "All names as CSV", table.to_csv(index=False), "units.csv", "text/csv", on_click="ignore"
    )


def _words(found: dict[str, Units]) -> Words:
    """What the units of all networks are called."""
    shown = next(iter(found.values()))
    layers = [layer for units in found.values() for layer in units.table["layer"].unique()]
    return words_for(layers, shown.probing.drawn)


def _by_column(found: dict[str, Units]) -> dict[str, pd.DataFrame]:
    """A table for each layer, named so that all can stand beside each other."""
    found_in = {}
    for model, units in found.items():
        for layer, part in units.table.groupby("layer", sort=False):
            part.attrs = units.table.attrs
            name = f"{xai.models.find_model(model).label}, {layer}" if len(found) > 1 else str(layer)
            found_in[name] = part
    return found_in


def _bars(counted: pd.DataFrame, columns: list[str], words: Words) -> str:
    """The most frequent concepts as bars to click; returns the chosen concept, or ""."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        order = choose.one_of("Order", {"count": f"Most {words.units}", "name": "A to Z"}, "bars")
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
        points = state.selected(key, "points")
        if points is None:
            return
        picked = points[0]["customdata"] if points else ""
        picked = picked[0] if isinstance(picked, list) else picked
        state.put(concept="" if picked == chosen else picked)

    title = words.units.capitalize()
    figure = concept_bars(names, {c: head[c].tolist() for c in columns}, chosen, look.ink(), title)
    plot(figure, key=key, on_select=clicked, selection_mode="points", config={"displayModeBar": False})
    takeaways(figure, "concepts", f"{title} by concept")
    if len(rows) > SHOWN:
        layout.caption(f"The {SHOWN} most frequent of {len(rows)} concepts")
    options = ["", *rows["concept"].tolist()]
    if chosen not in options:
        options.append(chosen)
    picked = st.selectbox(
        in_markdown(f"{title} that bear"),
        options,
        options.index(chosen),
        key=f"concept-{key}",
        format_func=lambda name: name or "Click a bar, or search here",
    )
    if picked != chosen:
        state.put(concept=picked)
        st.rerun()
    return chosen


def _numbers(studies: pd.DataFrame, by_masks: bool, words: Words) -> None:
    columns = {
        "column": "Layer",
        "units": words.units.capitalize(),
        "interpretable": "Overlap enough" if by_masks else "Better than chance",
        "concepts": "Distinct concepts",
        "threshold": ("IoU needed" if by_masks else "Similarity by chance", "%.2f"),
    }
    tables.table(
        studies, "named_units", f"{words.units.capitalize()} named, by layer", columns, list(columns)
    )


def _only(counted: pd.DataFrame, columns: list[str]) -> None:
    if len(columns) < 2:
        return
    with st.expander("Concepts that only one of them has"):
        for column in columns:
            names = concepts.only_in(counted, column)
            layout.heading(f"{column}: {len(names)}")
            st.caption(
                in_markdown(", ".join(names[:40])) + (" …" if len(names) > 40 else "") if names else "None"
            )


def _units_of(found: dict[str, Units], concept: str, guesses: bool, words: Words) -> None:
    """The units that bear the chosen concept, each a step from being looked at."""
    if not concept:
        return
    title = words.units.capitalize()
    by_masks = next(iter(found.values())).probing.by_masks
    st.subheader(in_markdown(f"{title} that answer to {concept}"))
    parts = []
    for model, units in found.items():
        good = concepts.interpretable(units.table)
        rests = {
            (layer, unit): int(count)
            for layer in units.table["layer"].unique()
            for unit, count in enumerate(units.rests_on(layer))
        }
        own = units.table.assign(
            model=xai.models.find_model(model).label,
            sure=["yes" if passed else "no, a guess" for passed in good],
            photographs=[rests[key] for key in zip(units.table["layer"], units.table["unit"], strict=True)],
        )
        parts.append(own[(good | guesses) & (own["description"] == concept)])
    rows = pd.concat(parts, ignore_index=True).sort_values("similarity", ascending=False)
    if rows.empty:
        st.caption("None overlaps enough." if by_masks else "None above chance.")
        return
    columns = {
        "model": "Network",
        "layer": "Layer",
        "unit": words.unit.capitalize(),
        "similarity": ("IoU" if by_masks else "Similarity", "%.2f"),
        "sure": "Overlaps enough" if by_masks else "Better than chance",
        "photographs": f"{words.pictures.capitalize()} behind it",
        "runner_ups": "Next best",
    }
    if by_masks:
        del columns["photographs"]
    tables.table(rows, "bearers", f"{title} that bear {concept}", columns, list(columns), csv="These as CSV")
    own = next(iter(found.values())).table
    first = rows[rows["layer"].isin(own["layer"])].head(6)
    with st.container(horizontal=True, gap="small"):
        for row in first.itertuples():
            st.button(
                in_markdown(f"Look at {concepts.block_of(row.layer)}, {short(row.layer, row.unit)}"),
                key=f"look-{row.layer}-{row.unit}-{row.model}",
                on_click=state.put,
                kwargs={"part_of": "unit", "unit_layer": row.layer, "unit": int(row.unit)},
            )
