"""What was answered where there are too many classes for a matrix: a sorted table to search."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from xai_core.datasets import Dataset
from xai_core.evaluation.predictions import ELSE, named, pairs

from .. import state
from ..widgets import choose, layout, tables

WHICH = {"mistakes": "Mistakes", "all": "All answers"}
CELL = 2  # numbers that name a pair in the address: places of both names among all of them, sorted


def show(table: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """The table and its search; returns the lines whose pictures are to be shown."""
    layout.heading("True class and answer")
    every = pairs(table, data)
    names = sorted({*every["true"], *every["answer"]})
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        which = choose.one_of("Shown", WHICH, "pairs")
        text = st.text_input("Search", key="pairs-search", placeholder="A class, true or answered", width=280)
    shown = searched(every if which == "all" else every[~every["right"]], text)
    cell = _chosen(names)
    _table(shown, names, cell)
    cell = _open(every, names, cell)
    if not cell:
        return table
    true, answer = names[cell[0]], names[cell[1]]
    given = named(table, data)
    given = given.where(given != ELSE, table["answer"])
    return table[(table["label"] == true) & (given == answer)]


def _open(every: pd.DataFrame, names: list[str], cell: tuple[int, ...]) -> tuple[int, ...]:
    """The pair whose pictures are shown below, as the table or this box chose it."""
    places = {name: place for place, name in enumerate(names)}
    found = zip(every["true"], every["answer"], every["n"], strict=True)
    options = {(): "All pictures"} | {(places[t], places[a]): f"{t}, answered {a}: {n}" for t, a, n in found}
    chosen = st.selectbox(
        "Shown below",
        list(options),
        list(options).index(cell) if cell in options else 0,
        key=f"pair-{'.'.join(map(str, cell))}",
        format_func=options.get,
        help="Or tick a row of the table.",
    )
    if chosen != cell:
        state.put(cell=chosen)
        st.rerun()
    return chosen


def searched(found: pd.DataFrame, text: str) -> pd.DataFrame:
    """The pairs in which either name holds the text, whatever its case."""
    holds = [found[side].str.contains(text.strip(), case=False, regex=False) for side in ("true", "answer")]
    return found[holds[0] | holds[1]].reset_index(drop=True)


def _chosen(names: list[str]) -> tuple[int, ...]:
    """The chosen pair; one that another dataset had is forgotten."""
    cell = state.get("cell")
    if cell and (len(cell) != CELL or max(cell) >= len(names)):
        state.put(cell=())
    return state.get("cell")


def _table(shown: pd.DataFrame, names: list[str], cell: tuple[int, ...]) -> None:
    """The pairs; choosing a row opens its pictures below."""
    if shown.empty:
        layout.note("No such answer.")
        return
    key = f"pairs-{len(shown)}-{'.'.join(map(str, cell))}"

    def opened() -> None:
        rows = st.session_state[key].selection.rows
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
