"""What is ranked, by what, on which pictures."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.datasets import Dataset
from xai_core.escaping import in_markdown
from xai_core.ranking.directions import label_of
from xai_core.ranking.plan import Ranked
from xai_core.types import Params

from .. import state
from ..results import rankings
from ..sets import made_for
from ..state import visitors
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import choose
from .fields import OFFERED

SETS = {"samples": "Samples", "folder": "Folder"}
UNTIL = {"all": "Every pair told apart", "best": "The best is known", "control": "All held against random"}
MOST_METRICS = 4


def pictures(subject: Subject) -> Dataset | None:
    """The chosen pictures, or None, with the reason on the page."""
    offered = visitors.offered(SETS)
    if state.get("ranked_of") not in offered:  # a preset may choose it
        state.complain(visitors.CLOSED)
        state.put(ranked_of="samples")
    kind = choose.one_of("Pictures", offered, "ranked_of")
    named = ""
    if kind == "folder":
        typed = st.text_input(
            "Folder",
            key=state.bind("folder"),
            width=420,
            placeholder="/data/photos",
            help="On the machine that runs the app; pictures in its subfolders count too. They need no "
            "labels: the class that the network answers is explained.",
        )
        named = state.keep("folder", typed.strip())
        if not named:
            st.info("Name a folder of pictures.")
            return None
    try:
        return rankings.pictures_of(kind, named, made_for.drawn(subject.model))
    except xai.InputError as error:
        st.error(in_markdown(error))
        return None


def metrics() -> tuple[str, ...]:
    """By what the methods are ranked."""
    chosen = st.multiselect(
        "Ranked by",
        OFFERED,
        key=state.bind("ranked_by"),
        format_func=lambda key: in_markdown(label_of(key)),
        max_selections=MOST_METRICS,
        width=420,
        select_all=False,
    )
    return state.keep("ranked_by", tuple(chosen))


def plan_of(entries: tuple[Entry, ...], by: tuple[str, ...]) -> Ranked:
    """The plan, with its widgets for how long pictures are drawn."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        until = choose.one_of("More pictures until", UNTIL, "until")
        most = st.number_input(
            "At most this many pictures", 1, 100_000, step=50, key=state.bind("drawn"), width=220
        )
        state.keep("drawn", int(most))
    params = Params({entry.place: Params(entry.params) for entry in entries if entry.params})
    places = tuple(entry.place for entry in entries)
    return Ranked(places, by, True, params, int(most), until=until)
