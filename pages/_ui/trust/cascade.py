"""Randomisation stage by stage: how soon each map forgets the trained one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.figures import Curve, curves

from .. import compute
from ..results import jobs
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import choose, frames, layout, tables
from ..widgets.charts import chart
from . import verdict

HOW = {"cascading": "Cascading", "independent": "One stage at a time"}
MEASURES = {"rank": "Rank correlation", "ssim": "Structural similarity"}
PATIENCE = 15.0


def show(subject: Subject, entries: tuple[Entry, ...], requests: list[xai.Request]) -> None:
    """The part "Layer by layer" of the page."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        how = choose.one_of("Randomised", HOW, "cascading")
        measure = choose.one_of("Measure", MEASURES, "alike")
    job = jobs.cascade(subject.model, subject.image, requests, how == "independent")
    (rows,) = compute.results(subject, [job], "The cascade takes", "cascade", PATIENCE)
    if rows is None:
        frames.charts(1)
        return
    table = pd.DataFrame(rows)
    table["map"] = [entry.label() for entry in entries] * (len(table) // len(entries))
    names = list(dict.fromkeys(table["stage"]))
    series = {
        entry.label(): Curve(
            list(range(len(names))),
            table.loc[table["map"] == entry.label(), measure].tolist(),
            entry.spec.colour,
        )
        for entry in entries
    }
    if measure == "rank":
        values = {label: np.asarray(line.y, float)[1:] for label, line in series.items()}
        left = {
            label: float(y[-1] if how == "cascading" or np.isnan(y).all() else np.nanmin(y))
            for label, y in values.items()
        }
        layout.say(verdict.cascade(left, how == "cascading"))
    title = "Randomised from the head down to" if how == "cascading" else "Randomised stage"
    low = min(-0.2, float(table[measure].min()))
    figure = curves(series, (title, MEASURES[measure]), (low, 1.0), height=440)
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=names)
    chart(figure, "randomisation", title)
    layout.caption(
        "The leftmost point is the trained network itself",
        "a map that tells of the network falls at once; one that stays high shows the picture",
    )
    shown = table.pivot(index="stage", columns="map", values=measure).reindex(names).reset_index()
    columns = {entry.label(): (entry.label(), "%.2f") for entry in entries} | {"stage": "Stage"}
    tables.table(shown, "randomisation_table", title, columns, whole=table)
