"""One picture: the maps' boxes beside the true one, or one of your own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.direction import named
from xai_core.escaping import in_markdown
from xai_core.figures import Curve, curves
from xai_core.inputs.views import view_boxes
from xai_core.metrics import localization
from xai_core.metrics.measures import SHARES
from xai_core.types import Box

from .. import compute, state
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import boxed, drag_box, inspect, layout, look, scales
from ..widgets.charts import chart

COLUMNS = 4


def show(subject: Subject, entries: tuple[Entry, ...], share: int, tolerance: int) -> None:
    """The part "One picture" of the page."""
    boxes = view_boxes(subject.image, subject.handle.grid)
    if boxes:
        true = _choose(subject, boxes)
    else:
        left, _ = st.columns([1, 1.2], gap="large")
        with left:
            layout.heading("This picture has no known box: where is the object?")
            true = drag_box.choose(subject)
    try:
        requests = [entry.request(subject) for entry in entries]
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    _maps(subject, entries, compute.tiles(subject, requests, "boxes"), true, share, tolerance)


@look.redrawn
def _maps(
    subject: Subject,
    entries: tuple[Entry, ...],
    tiles: list[compute.Tile],
    true: Box,
    share: int,
    tolerance: int,
) -> None:
    """Each map with its boxes, and what it makes of the true one."""
    drawn = look.choose_look()
    maps = [(n, entry, e) for n, (entry, e) in enumerate(zip(entries, tiles, strict=True))]
    found = {}
    for start in range(0, len(maps), COLUMNS):
        part = maps[start : start + COLUMNS]
        for column, (number, entry, e) in zip(st.columns(max(len(part), 3), gap="small"), part, strict=False):
            with column:
                layout.heading(entry.label())
                if not isinstance(e, xai.Explanation):
                    layout.blank(e)
                    continue
                file = boxed.drawn(subject, e, [true], share / 100, drawn)
                name = f"Open {entry.label()}, {named(e)}"
                layout.pick(f"boxes-{number}", file, name, state.put, kwargs={"box_tile": number})
                scales.bar(e, drawn)
                found[entry] = boxed.measure(e, [true], share / 100)
                boxed.facts(found[entry], tolerance)
    opened = state.get("box_tile")
    if 0 <= opened < len(tiles) and isinstance(tiles[opened], xai.Explanation):
        inspect.open_map(subject, tiles[opened], drawn, None, "box_tile")
    layout.caption(*boxed.KEY)
    shown = [(entry, e) for _, entry, e in maps if isinstance(e, xai.Explanation)]
    if shown:
        _curves(shown, true, share)
        _table(found)


def _choose(subject: Subject, boxes: tuple[Box, ...]) -> Box:
    """Which of the picture's boxes is to be found: at first the one whose object is the chosen class."""
    chosen = state.get("true_box")
    if not 0 <= chosen < len(boxes):
        chosen = _fitting(subject, boxes)
    if len(boxes) == 1:
        return boxes[0]
    number = st.segmented_control(
        f"Where is {in_markdown(subject.target.label)}?",
        range(len(boxes)),
        default=chosen,
        required=True,
        format_func=lambda n: in_markdown(boxes[n].label),
        key=f"true-box-{subject.image.sha256[:8]}-{chosen}",
    )
    if number != chosen:
        state.put(true_box=number)
        st.rerun()
    return boxes[chosen]


def _fitting(subject: Subject, boxes: tuple[Box, ...]) -> int:
    named = {s.label: s.classes for s in xai.samples().values()}
    right = (
        n
        for n, box in enumerate(boxes)
        if subject.target.index in named.get(box.label, ()) or box.label == subject.target.label
    )
    return next(right, 0)


def _curves(shown: list[tuple[Entry, xai.Explanation]], true: Box, share: int) -> None:
    """IoU over the threshold, for each map."""
    layout.heading("Overlap with the true box over the threshold")
    series = {
        entry.label(): Curve(
            SHARES,
            [localization.best_iou(localization.box_of(e.upsampled(), s / 100), [true]) for s in SHARES],
            entry.spec.colour,
        )
        for entry, e in shown
    }
    figure = curves(series, ("Threshold, % of the maximum", "IoU"), height=330)
    figure.add_hline(y=localization.OVERLAP, line={"dash": "dot", "width": 2, "color": "#8A9099"})
    figure.add_vline(x=share, line={"dash": "dot", "width": 2, "color": "#8A9099"})
    chart(figure, "iou", "Overlap with the true box over the threshold")


def _table(found: dict[Entry, boxed.Found]) -> None:
    table = pd.DataFrame(
        [
            {
                "map": entry.label(),
                "iou": f.iou,
                "distance": f.distance,
                "energy": f.energy,
                "activated_share": f.activated_share,
            }
            | {side: getattr(f.box, side, np.nan) for side in ("x0", "y0", "x1", "y1")}
            for entry, f in found.items()
        ]
    )
    st.download_button("Boxes as CSV", table.to_csv(index=False), "boxes.csv", "text/csv", on_click="ignore")
