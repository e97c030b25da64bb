"""What was answered where there are too many classes for a matrix: a sorted table to search."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from xai_core.datasets import Dataset
from xai_core.evaluation.predictions import answered, pairs

from .. import state
from ..widgets import choose, layout, tables
from . import pair

WHICH = {"mistakes": "Mistakes", "all": "All answers"}


def show(table: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """The table and its search; returns the lines whose pictures are to be shown."""
    layout.heading("True class and answer")
    every = pairs(table, data)
    names = sorted({*every["true"], *every["answer"]})
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        which = choose.one_of("Shown", WHICH, "pairs")
        text = st.text_input("Search", key="pairs-search", placeholder="A class, true or answered", width=280)
    shown = searched(every if which == "all" else every[~every["right"]], text)
    cell = pair.chosen(len(names), len(names))
    _table(shown, names, cell)
    places = {name: place for place, name in enumerate(names)}
    found = zip(every["true"], every["answer"], every["n"], strict=True)
    by_name = {(places[t], places[a]): f"{t}, answered {a}: {n}" for t, a, n in found}
    cell = pair.choose(by_name, cell, f"pair-{'.'.join(map(str, cell))}", "Or tick a row of the table.")
    if not cell:
        return table
    true, answer = names[cell[0]], names[cell[1]]
    return table[(table["label"] == true) & (answered(table, data) == answer)]


def searched(found: pd.DataFrame, text: str) -> pd.DataFrame:
    """The pairs in which either name holds the text, whatever its case."""
    holds = [found[side].str.contains(text.strip(), case=False, regex=False) for side in ("true", "answer")]
    return found[holds[0] | holds[1]].reset_index(drop=True)


def _table(shown: pd.DataFrame, names: list[str], cell: tuple[int, ...]) -> None:
    """The pairs; choosing a row opens its pictures below."""
    if shown.empty:
        layout.note("No such answer.")
        return
    key = f"pairs-{len(shown)}-{'.'.join(map(str, cell))}"

    def opened() -> None:
        rows = state.selected(key, "rows")
        if rows:
            line = shown.iloc[rows[0]]
            state.put(cell=(names.index(line["true"]), names.index(line["answer"])))

    st.dataframe(
        shown[["true", "answer", "n"]],
        hide_index=True,
        height=420,
        key=key,
        on_select=opened,
        selection_mode="single-row",
        column_config={"true": "True", "answer": "Answer", "n": "n"},
    )
    layout.caption("Tick a row to open its pictures below", f"{len(shown):,} pairs")
    tables.pin_table(shown.head(50), "True class and answer", "pairs")
