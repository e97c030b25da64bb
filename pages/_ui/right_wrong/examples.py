"""Examples that were answered right and wrong, with the maps of the answer and of the true class."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.datasets import Dataset
from xai_core.direction import named
from xai_core.escaping import in_markdown

from .. import compute, state
from ..results import jobs, pictures
from ..results.drawn import tile as tile_file
from ..results.flights import Job
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import choose, inspect, layout, look, parameters, scales

ACROSS = 5  # pictures in a row
SUREST = {"most": "Surest first", "least": "Least sure first"}


@dataclass(frozen=True)
class Shown:
    """A picture of the gallery, its line of the table, and the maps that it gets."""

    line: pd.Series
    subject: Subject
    requests: list[xai.Request]


def show(subject: Subject, data: Dataset, table: pd.DataFrame) -> None:
    """Both rows, for the lines of the table."""
    st.subheader("Where it looked")
    try:
        entry = _controls(subject)
    except xai.InputError as error:  # a link's layer that this model does not have
        st.error(in_markdown(error))
        return
    try:
        shown, work = asked(subject, data, entry, table, state.get("surest"), state.get("shown"))
        found = compute.results(
            subject, work, f"The maps of {len(shown)} pictures take", "right-maps", compute.FIRST_LOOK
        )
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    _rows(list(zip(shown, found, strict=True)), sum(bool(one.line["correct"]) for one in shown))
    layout.caption(
        "Under a wrong answer: above what speaks for the answer given, below what speaks for the true class"
    )


def asked(
    subject: Subject, data: Dataset, entry: Entry, table: pd.DataFrame, surest: str, count: int
) -> tuple[list[Shown], list[Job]]:
    """The first `count` pictures of both rows, those answered right first, and for each the job that gives
    its maps; `surest` is a key of SUREST. Raises InputError where the model has no such layer."""
    ordered = table.sort_values("confidence", ascending=surest == "least", kind="stable")
    rows = [ordered[ordered["correct"] == right].head(count) for right in (True, False)]
    shown = [_shown(subject, data, entry, line) for part in rows for _, line in part.iterrows()]
    return shown, [jobs.maps_of(subject.model, one.subject.image, one.requests) for one in shown]


@look.redrawn
def _rows(pairs: list[tuple[Shown, list[xai.Explanation] | None]], right: int) -> None:
    """The first `right` pictures with their maps, and below them the others."""
    drawn = look.choose_look()
    opened = state.get("right_tile")
    number = 0
    for title, tiles in (("Right", pairs[:right]), ("Wrong", pairs[right:])):
        layout.row_label(title)
        if not tiles:
            layout.caption(f"None of these pictures is answered {title.lower()}")
        for start in range(0, len(tiles), ACROSS):
            columns = st.columns(ACROSS, gap="small")
            for column, (one, maps) in zip(columns, tiles[start : start + ACROSS], strict=False):
                with column:
                    number = _picture(one, maps, drawn, number, opened)


def _controls(subject: Subject) -> Entry:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        entry = parameters.choose_map(subject, "right_map")
        choose.one_of("Order", SUREST, "surest")
        with st.popover("Settings", icon=":material/tune:", type="tertiary"):
            shown = st.slider("Pictures of each", 1, 10, key=state.bind("shown"))
            state.keep("shown", shown)
            entry = parameters.choose_layer(subject, entry, f"right-{entry.method}")
            entry = parameters.edit(subject.handle, entry, f"right-{entry.method}")
        layout.about(entry.method)
    state.put_quietly("right_map", entry)
    return entry


def _shown(subject: Subject, data: Dataset, entry: Entry, line: pd.Series) -> Shown:
    """The answer's map, and for a wrong answer the true class's."""
    image = pictures.example(data.examples[line["number"]])
    classes = dict.fromkeys(
        [int(line["predicted"])] if line["correct"] else [int(line["predicted"]), int(line["target"])]
    )
    requests = [entry.request(subject, index) for index in classes]
    return Shown(line, replace(subject, image=image), requests)


def _picture(
    one: Shown, maps: list[xai.Explanation] | None, drawn: look.Look, number: int, opened: int
) -> int:
    """The maps of one picture, from tile `number` on; returns the next number."""
    if maps is None:
        layout.blank("Not computed yet")
        return number
    view = pictures.view(one.subject.model, one.subject.image)
    for e in maps:
        name = f"Open {named(e)}, {one.line['image']}"
        file = tile_file(view, e, drawn)
        layout.pick(f"right-{number}", file, name, state.put, kwargs={"right_tile": number})
        scales.bar(e, drawn)
        layout.caption(inspect.about_class(e))
        if number == opened:
            inspect.open_map(one.subject, e, drawn, None, "right_tile")
        number += 1
    layout.note(one.line["image"])
    return number
