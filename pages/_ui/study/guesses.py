"""Guess first, in the results: what people marked beside what each network goes by."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.figures import Look, Scale, encode, paint
from xai_core.trust_study import Picture, Study, group_map, guess_score, on_grid, questions

from ..results import networks, pictures
from ..widgets import layout
from . import data


def show(number: int, study: Study, marks: pd.DataFrame) -> None:
    """The table over all pictures, and one picture with the group's marks."""
    layout.heading("Guess first: people's marks against the maps")
    pairs = dict.fromkeys((q.picture, q.method) for q in questions(study))
    marked = set(marks["picture"])
    pairs = [(picture, method) for picture, method in pairs if picture.key in marked]
    if not pairs:
        layout.note("No picture has been marked yet.")
        return
    layout.grid_table(_table(number, study, marks, pairs))
    layout.note(
        "IoU of a mark with as much of the map's top as the mark covers; hit: the map's maximum lies in the "
        "mark, give or take 15 pixels. Means over marks and pictures."
    )
    shown = st.selectbox(
        "Picture", pairs, format_func=lambda p: f"{p[0].name}, {xai.METHODS[p[1]].label}", width=420
    )
    _beside(number, study, marks, *shown)


def _boxes(number: int, model: str, marks: pd.DataFrame, picture: Picture) -> list[xai.Box]:
    image = data.image(number, picture)
    return on_grid(marks[marks["picture"] == picture.key], image, networks.handle(model).grid)


def _table(number: int, study: Study, marks: pd.DataFrame, pairs: list[tuple[Picture, str]]) -> pd.DataFrame:
    """A line for each method: IoU and hits for both networks."""
    lines = []
    for method in study.methods:
        line: dict[str, str] = {"method": xai.METHODS[method].label}
        for model, name in zip(study.models, data.names(study), strict=True):
            scores = []
            for picture, used in pairs:
                if used == method:
                    e = data.map_of(model, data.image(number, picture), picture, method)
                    scores.append(guess_score(e.upsampled(), _boxes(number, model, marks, picture)))
            line[f"{name}: IoU"] = layout.fixed(_mean([(s.iou, s.marks) for s in scores]))
            line[f"{name}: hit"] = layout.share(_mean([(s.pointing, s.marks) for s in scores]))
        lines.append(line)
    return pd.DataFrame(lines)


def _mean(found: list[tuple[float, int]]) -> float:
    """Over all marks; NaN without one."""
    total = sum(marks for _, marks in found)
    return sum(value * marks for value, marks in found if marks) / total if total else float("nan")


def _beside(number: int, study: Study, marks: pd.DataFrame, picture: Picture, method: str) -> None:
    """The group's mean mark, and the two networks' maps."""
    image = data.image(number, picture)
    model = study.models[study.better]
    boxes = _boxes(number, model, marks, picture)
    view = pictures.view(model, image)
    group = group_map(boxes, networks.handle(model).input_size)
    look = Look()
    columns = st.columns(3, gap="small")
    with columns[0]:
        layout.heading("The group")
        layout.picture(encode(paint(view, group, look, Scale(0.0, 1.0), smooth=False), "JPEG"), "Marks")
        layout.caption("1 mark" if len(boxes) == 1 else f"{len(boxes)} marks", picture.label)
    for column, key, name in zip(columns[1:], study.models, data.names(study), strict=True):
        with column:
            layout.heading(name)
            layout.picture(data.drawn(key, image, picture, method), f"Map of {name}")
            layout.caption(xai.METHODS[method].label)
