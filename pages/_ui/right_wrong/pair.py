"""The pair of a true class and an answer whose pictures are shown: two places in the address, () for all."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from xai_core.escaping import in_markdown

from .. import state

Cell = tuple[int, ...]


def chosen(rows: int, columns: int) -> Cell:
    """The chosen pair among so many; one that another dataset had is forgotten."""
    cell = state.get("cell")
    if cell and (len(cell) != 2 or cell[0] >= rows or cell[1] >= columns):
        state.put(cell=())
    return state.get("cell")


def choose(pairs: Mapping[Cell, str], cell: Cell, key: str, text: str) -> Cell:
    """The box that chooses a pair by its name; `key` is new wherever the pair was chosen elsewhere."""
    options = {(): "All pictures", **pairs}
    picked = st.selectbox(
        "Shown below",
        list(options),
        list(options).index(cell) if cell in options else 0,
        key=key,
        format_func=options.get,
        help=in_markdown(text),
    )
    if picked != cell:
        state.put(cell=picked)
        st.rerun()
    return picked
