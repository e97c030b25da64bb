"""Insertion and deletion over a set of pictures, and what both parts of the page share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import xai_core as xai
from xai_core.figures import Curve, curves
from xai_core.metrics.bands import mean_band
from xai_core.metrics.report import area_rows, summary

from .. import compute, state
from ..results import answers, jobs
from ..sets import picture_set
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import frames, layout, tables
from ..widgets.charts import chart
from . import verdict

COLUMNS = {
    "map": "Map",
    "insertion": ("Insertion area", "%.3f"),
    "deletion": ("Deletion area", "%.3f"),
    "insertion_gap": ("Insertion − random", "%+.3f"),
    "deletion_gap": ("Deletion − random", "%+.3f"),
}


@dataclass(frozen=True)
class Line:
    """How one of the curves is named and drawn."""

    label: str
    colour: str
    dash: str = "solid"


def lines_of(entries: tuple[Entry, ...]) -> tuple[Line, ...]:
    """One for each map, and the random order last."""
    return (
        *(Line(entry.label(), entry.spec.colour) for entry in entries),
        Line("Random order", "#8A9099", "dash"),
    )


def areas_table(shown: tuple[Line, ...], found: list[xai.Curves]) -> pd.DataFrame:
    """The areas of one picture's maps, and their differences to the last, which is random."""
    chance = found[-1]
    return pd.DataFrame(
        {
            "map": [line.label for line in shown],
            "insertion": [one.insertion_auc for one in found],
            "deletion": [one.deletion_auc for one in found],
            "insertion_gap": [one.insertion_auc - chance.insertion_auc for one in found],
            "deletion_gap": [one.deletion_auc - chance.deletion_auc for one in found],
        }
    )


def points_table(shown: tuple[Line, ...], found: list[xai.Curves]) -> pd.DataFrame:
    """Every point of every curve."""
    parts = [
        pd.DataFrame(
            {
                "map": entry.label,
                "superpixels": one.num_features,
                "insertion": one.insertion,
                "deletion": one.deletion,
            }
        )
        for entry, one in zip(shown, found, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def span(found: list[xai.Curves], bands: bool = False) -> tuple[float, float] | None:
    """The range of probability that all curves need, the same for both charts; logits have none. A band may
    need more than the mean, but no more than 1."""
    if found[0].score == "logit":
        return None
    highest = max(float(max(one.insertion.max(), one.deletion.max())) for one in found)
    return 0.0, 1.0 if bands else min(1.0, math.ceil(10 * highest + 0.2) / 10)


def figure(
    series: dict[str, Curve], titles: tuple[str, str], limits: tuple[float, float] | None
) -> go.Figure:
    """The curves with one line of legend for each, above them."""
    made = curves(series, titles, limits, height=330 + 27 * len(series))
    return made.update_layout(legend={"orientation": "v", "y": 1.0, "yanchor": "bottom", "x": 0})


def show(subject: Subject, entries: tuple[Entry, ...]) -> None:
    """The part "Over a set": each picture for its own predicted class."""
    shown = lines_of(entries)
    chosen = picture_set.choose_set(subject.image.fit)
    if not chosen:
        return
    work = [
        jobs.areas(
            subject.model,
            image,
            [entry.request(subject, answers.classes(subject.model, image)[0].index) for entry in entries],
            state.get("superpixel"),
            state.get("hidden_by"),
            state.get("curve_score"),
        )
        for _, image in chosen
    ]
    name = f"{len(chosen)} pictures, {len(shown)} pairs of curves each: this takes"
    found = compute.results(subject, work, name, "areas-set")
    done = [(name, one) for (name, _), one in zip(chosen, found, strict=True) if one is not None]
    if not done:
        frames.charts()
        return
    said, counted = verdict.whole_set(
        [line.label for line in shown[:-1]], verdict.gaps([one for _, one in done])
    )
    layout.say(said)
    layout.note(counted)
    left, right = st.columns(2, gap="large")
    for column, kind, title in (
        (left, "insertion", "Insertion, mean over the pictures"),
        (right, "deletion", "Deletion, mean over the pictures"),
    ):
        with column:
            layout.heading(title)
            chart(_mean_curves(kind, shown, [one for _, one in done]), f"{kind}-set", title)
    layout.caption(f"{len(done)} of {len(chosen)} pictures", "bands: 95 % intervals of the mean")
    _summary(shown, done)


def _mean_curves(kind: str, shown: tuple[Line, ...], found: list[list[xai.Curves]]) -> go.Figure:
    series = {}
    for number, entry in enumerate(shown):
        shares = found[0][number].fractions
        if any(len(one[number].fractions) != len(shares) for one in found):
            shares = np.linspace(0, 1, 101)  # segments are not equally many in all pictures
        parts = [np.interp(shares, one[number].fractions, getattr(one[number], kind)) for one in found]
        mean, low, high = mean_band(np.array(parts))
        band = (low, high) if len(found) > 1 else (None, None)
        area = np.mean([getattr(one[number], f"{kind}_auc") for one in found])
        series[f"{entry.label}, area {area:.3f}"] = Curve(
            100 * shares, mean, entry.colour, *band, dash=entry.dash
        )
    score = "Probability" if state.get("curve_score") == "probability" else "Logit"
    titles = ("Superpixels, %", f"{score} of the predicted class")
    return figure(series, titles, span([one for part in found for one in part], bands=True))


def _summary(shown: tuple[Line, ...], done: list[tuple[str, list[xai.Curves]]]) -> None:
    """Areas with their standard errors, and the paired differences to random."""
    lines = [
        {**line, "method": entry.label}
        for name, found in done
        for entry, line in zip(shown, area_rows(name, found), strict=True)
    ]
    table = pd.DataFrame(lines)
    means = summary(table, shown[-1].label)
    order = [
        "method",
        "pictures",
        "insertion_auc",
        "insertion_auc_se",
        "insertion_auc_gap",
        "insertion_auc_gap_low",
        "insertion_auc_gap_high",
        "deletion_auc",
        "deletion_auc_se",
        "deletion_auc_gap",
        "deletion_auc_gap_low",
        "deletion_auc_gap_high",
        "sound",
    ]
    titles = {
        "method": "Map",
        "pictures": "Pictures",
        "sound": "Better than random on both",
        "insertion_auc": "Insertion",
        "insertion_auc_se": "±",
        "insertion_auc_gap": "− random",
        "insertion_auc_gap_low": "from",
        "insertion_auc_gap_high": "to",
        "deletion_auc": "Deletion",
        "deletion_auc_se": "± ",
        "deletion_auc_gap": "− random ",
        "deletion_auc_gap_low": "from ",
        "deletion_auc_gap_high": "to ",
    }
    columns = {name: (title, "%.3f") if "auc" in name else title for name, title in titles.items()}
    tables.table(means, "areas", "Areas over the set", columns, order, table, "Areas as CSV")
    layout.caption("±: standard error", "− random: paired difference, with its 95 % interval")
