"""One cluster: its verdict, what each intervention did beside its control, and its pictures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.datasets import Dataset
from xai_core.figures import draw_boxes, encode
from xai_core.spuriosity import words
from xai_core.spuriosity.planning import ClassMaps
from xai_core.spuriosity.regions import Place, share
from xai_core.spuriosity.verdicts import Result
from xai_core.types import Box

from ..results import pictures
from ..state.subject import Subject
from ..widgets import layout

ACROSS, MOST = 6, 12  # pictures in a row, and in all
ROWS = (
    "Taken out, against another place of the picture",
    "Pasted into other classes, against another region of that picture",
    "Pasted into other classes, against the best parts of ordinary pictures",
)


def verdict(one: Result, label: str) -> None:
    """The sentence, and the three differences with their intervals."""
    layout.heading(f"Cluster {one.cluster.rank + 1}: {one.cluster.place.words}")
    layout.say(words.verdict(one, label))
    lines = [
        {
            "The region and its control": what,
            "Margin beyond control": layout.signed(effect.margin.mean),
            "95 % interval": f"{layout.signed(effect.margin.low)} to {layout.signed(effect.margin.high)}",
            "Turned": layout.share(effect.flips),
            "Turned by control": layout.share(effect.control_flips),
            "Pictures": str(effect.pictures),
        }
        for what, effect in zip(ROWS, one.effects, strict=True)
    ]
    layout.grid_table(pd.DataFrame(lines))
    back, low, high = (layout.signed(n) for n in (one.moved.mean, one.moved.low, one.moved.high))
    layout.caption(
        f"Moved elsewhere, the region changes the margin by {back} ({low} to {high})",
        "beside the picture without it; intervals hold together for all clusters",
    )


def pictures_of(
    subject: Subject, data: Dataset, one: ClassMaps, chosen: Result | None, picked: list[int]
) -> None:
    """The pictures that the lasso holds, else those of the cluster whose maps lie most in its region."""
    if picked:
        numbers, place = picked, chosen.cluster.place if chosen else None
        title = f"{len(picked)} pictures in the lasso"
    elif chosen is not None:
        place = chosen.cluster.place
        inside = np.flatnonzero(one.clusters.labels == chosen.cluster.rank)
        order = np.argsort(-share(one.maps, place)[inside], kind="stable")
        numbers = inside[order].tolist()
        title = f"The {len(numbers)} pictures of the cluster, first those whose maps lie most in the region"
    else:
        return
    layout.row_label(title)
    for start in range(0, min(len(numbers), MOST), ACROSS):
        row = numbers[start : min(start + ACROSS, MOST)]
        for column, number in zip(st.columns(ACROSS, gap="small"), row, strict=False):
            with column:
                _tile(subject, data, int(one.numbers[number]), place)


def _tile(subject: Subject, data: Dataset, number: int, place: Place | None) -> None:
    example = data.examples[number]
    try:
        view = pictures.view(subject.model, pictures.example(example))
    except xai.InputError as error:  # a file that has gone since
        layout.blank(str(error))
        return
    boxes = []
    if place is not None:
        y0, y1, x0, x1 = place.box((view.shape[0], view.shape[1]))
        boxes.append(Box("", x0, y0, x1, y1))
    layout.picture(encode(draw_boxes(view, boxes), "JPEG"), example.name)
    layout.note(example.name)
