"""Examples with their boxes drawn, best and worst first."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.datasets import Dataset, Example
from xai_core.direction import named
from xai_core.escaping import in_markdown
from xai_core.inputs.views import view_boxes

from .. import compute, state
from ..results import jobs, pictures
from ..results.flights import Job
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import boxed, inspect, layout, look, scales

EACH = 5
ORDERS = {"iou": "IoU", "energy": "Energy inside", "activated_share": "Activated share"}


def show(
    subject: Subject,
    data: Dataset,
    entries: dict[str, Entry],
    found: pd.DataFrame,
    share: int,
    tolerance: int,
) -> None:
    """The five best and the five worst of one of the maps, by what the page judges by."""
    st.subheader("Examples")
    number, order = _controls(list(entries.values())), state.get("sorted_by")
    name, entry = list(entries.items())[number]
    best, worst = ends(data, found[found["method"] == name], order)
    examples = [*best, *worst]
    where = [replace(subject, image=pictures.example(example)) for example in examples]
    try:
        work = [asked(subject, entry, example) for example in examples]
        maps = compute.results(subject, work, f"{len(work)} maps take", "boxes-maps", compute.FIRST_LOOK)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    tiles = list(zip(examples, where, maps, strict=True))
    _best_and_worst(tiles, len(best), share, tolerance)


def ends(data: Dataset, own: pd.DataFrame, order: str) -> tuple[list[Example], list[Example]]:
    """The best and the worst examples of one map's numbers, by what the page judges by (ORDERS)."""
    own = own.dropna(subset=[order]).sort_values(order, ascending=False)
    by_name = {example.name: example for example in data.examples}
    best = [by_name[name] for name in own["image"].head(EACH)]
    return best, [by_name[name] for name in own["image"].iloc[EACH:].tail(EACH)][::-1]


def asked(subject: Subject, entry: Entry, example: Example) -> Job:
    """The job that gives the map of an example. Raises InputError where the model has no such layer."""
    return jobs.maps_of(subject.model, pictures.example(example), [entry.request(subject, example.target)])


@look.redrawn
def _best_and_worst(
    tiles: list[tuple[Example, Subject, list[xai.Explanation] | None]], count: int, share: int, tolerance: int
) -> None:
    """Two rows: the first `count` tiles, and the others."""
    drawn = look.choose_look()
    for title, start, part in (("Best", 0, tiles[:count]), ("Worst", count, tiles[count:])):
        if not part:
            continue
        layout.row_label(title)
        for number, (column, (example, place, made)) in enumerate(
            zip(st.columns(EACH, gap="small"), part, strict=False), start
        ):
            with column:
                _tile(number, example, place, made, share, tolerance, drawn)
    layout.caption(*boxed.KEY)


def _controls(entries: list[Entry]) -> int:
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        state.put_quietly("box_map", min(state.get("box_map"), len(entries) - 1))
        number = st.selectbox(
            "Map",
            range(len(entries)),
            key=state.bind("box_map"),
            width=260,
            format_func=lambda n: entries[n].label(),
        )
        state.keep("box_map", number)
    return number


def _tile(
    number: int,
    example: Example,
    place: Subject,
    made: list[xai.Explanation] | None,
    share: int,
    tolerance: int,
    drawn: look.Look,
) -> None:
    if made is None:
        layout.blank("Not computed yet")
        return
    (e,) = made
    boxes = view_boxes(place.image, place.handle.grid)
    file = boxed.drawn(place, e, boxes, share / 100, drawn)
    name = f"Open {named(e)}, {example.name}"
    layout.pick(f"example-{number}", file, name, state.put, kwargs={"box_tile": number})
    scales.bar(e, drawn)
    layout.note(example.name)
    boxed.facts(boxed.measure(e, boxes, share / 100), tolerance)
    if number == state.get("box_tile"):
        inspect.open_map(place, e, drawn, None, "box_tile")
