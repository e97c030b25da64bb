"""All methods as a table that sorts, searches and filters. Choosing a row opens the method's card."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.methods import card

from .. import state
from ..widgets import layout, tables
from . import filters

PURPOSE = "What each method shows, what it costs, and when its map can be believed."
TALL = 660  # pixels of the table, which then scrolls


def show() -> None:
    """The page without a card."""
    st.title("Methods")
    layout.purpose(PURPOSE)
    shown = filters.found(*_choices())
    if not shown:
        st.info("No method fits. Take a filter or a word of the search away.")
        return
    frame = pd.DataFrame([_line(key) for key in shown])
    columns = {
        "Passes": ("Passes", "localized"),
        "Right on": (f"Right on, of {len(xai.known_truth.CASES)}", "%d"),
    }
    tables.table(
        frame, "methods", "Methods", columns, tall=TALL, opened=lambda row: state.put(card=shown[row])
    )
    layout.caption(
        f"{len(shown)} of {len(xai.METHODS)} methods",
        "tick a row to open its card",
        "passes are those of EfficientNet-Lite0 at the method's defaults",
        f"right on: networks whose right attribution is known, {xai.known_truth.kept().date}",
    )


def _choices() -> tuple[str, tuple[str, ...]]:
    """The widgets above the table: the words that are searched, and the filters."""
    with st.container(key="controls"):
        left, middle, right = st.columns([1, 1.7, 1], gap="small")
    with left:
        search = st.text_input(
            "Search", key=state.bind("card_search"), placeholder="Name, key, paper", max_chars=100
        )
    with middle:
        only = st.multiselect(
            "Only",
            list(filters.FILTERS),
            key=state.bind("card_only"),
            format_func=lambda key: in_markdown(filters.FILTERS[key].label),
            placeholder="Family, cost, class, sum, seed, sign",
            select_all=False,
        )
    with right:
        open_card("Open a card")
    return state.keep("card_search", search), state.keep("card_only", tuple(only))


def open_card(title: str) -> None:
    """A menu of all methods by name, which opens the chosen one's card: what the keyboard can use as well."""
    st.selectbox(
        in_markdown(title),
        list(xai.METHODS),
        index=None,
        placeholder="Name of a method",
        format_func=lambda key: xai.METHODS[key].label,
        key="open-card",
        on_change=_opened,
    )


def _opened() -> None:
    state.put(card=state.of_widget("open-card") or "")


def _line(key: str) -> dict[str, object]:
    spec, one = xai.METHODS[key], card(xai.METHODS[key])
    known = xai.known_truth.kept().of(key)
    return {
        "Method": spec.label,
        "Family": one.family,
        "Right on": sum(row.passed for row in known) if known else None,
        "Needs": ", ".join(one.needs) or "any network",
        "Passes": one.passes,
        "Class matters": _yes(one.knows_class),
        "Adds up": _yes(bool(one.adds_up)),
        "Seed matters": _yes(one.draws),
        "Negative": one.signed,
        "Value for each": one.places,
        "Paper": spec.paper,
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"
