"""How a method does on networks whose right attribution is known: one picture of it succeeding, one of it
failing, and its error on all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

import xai_core as xai

from .. import state
from ..results import known
from ..widgets import frames, layout
from .verdict import ends, headline

if TYPE_CHECKING:
    from xai_core.known_truth import Row

PANELS = ("The picture", "What is right", "Its map")


def show(key: str) -> None:
    """The part of a card."""
    rows = known.rows(key)
    layout.heading("Where the right answer is known")
    layout.say(headline(rows))
    best, worst = ends(rows)
    pictured = [row.case for row in (best, worst) if row is not None]
    with frames.until_done(3, needed=not known.are_known(pictured, key)):
        for case in pictured:
            known.ran(case, key)
    _pictures("It succeeds", best, "On none of these networks.")
    _pictures("It fails", worst, "On none of these networks.")
    _table(rows)


def _pictures(title: str, row: Row | None, otherwise: str) -> None:
    """The picture of a case, its truth, and the map, side by side."""
    if row is None:
        layout.caption(title, otherwise)
        return
    case = xai.known_truth.CASES[row.case]
    layout.caption(title, case.title, f"error {_percent(row.error or 0.0)} of the truth")
    drawn = state.get("signed_colours")
    files = (known.picture(row.case), known.truth(row.case, drawn), known.shown(row.case, row.method, drawn))
    with st.container(key=f"known-{row.case}"):
        for column, name, file in zip(st.columns(3, gap="small"), PANELS, files, strict=True):
            with column:
                layout.picture(file, f"{name}: {case.title}")
                layout.note(name)
    layout.note(case.sentence)


def _table(rows: Sequence[Row]) -> None:
    """The error on every network that it ran on, and why it did not pass or run."""
    tried = [row for row in rows if row.error is not None]
    lines = [
        {"Network": _title(row), "Error": _percent(row.error or 0.0), "Right": "✓" if row.passed else "✗"}
        for row in tried
    ]
    if lines:
        layout.grid_table(pd.DataFrame(lines))
    for sentence in dict.fromkeys(row.sentence for row in tried if row.sentence):
        layout.caption(", ".join(_title(row) for row in tried if row.sentence == sentence), sentence)
    left_out = [row for row in rows if row.error is None]
    if left_out:
        layout.caption("Cannot run on " + ", ".join(map(_title, left_out)), left_out[0].sentence)
    layout.caption(f"Run on {xai.known_truth.kept().date}", "made by saliency-lab range")


def _title(row: Row) -> str:
    return xai.known_truth.CASES[row.case].title


def _percent(error: float) -> str:
    return f"{100 * error:.0f}\u00a0%"
