"""Localization over a dataset: methods side by side, beside two that have not looked."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import xai_core as xai
from xai_core.datasets import Dataset
from xai_core.escaping import in_markdown
from xai_core.evaluation.evaluate import CENTRE, CHANCE, Plan
from xai_core.figures import Curve, curves
from xai_core.metrics import localization_table as measured
from xai_core.metrics.measures import SHARES
from xai_core.types import Params

from .. import compute
from ..results import evaluations
from ..sets import labelled
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import choose, frames, layout, tables
from ..widgets.charts import chart
from . import examples, verdict

PATIENCE = 15.0
PART = labelled.FIRST["localization"]
BASELINES = {CENTRE: ("Bump in the middle", "#8A9099"), CHANCE: ("Noise", "#B9BEC6")}
TITLES = {
    "iou": "IoU",
    "error": "Error, class known",
    "top1_error": "Top-1 error",
    "top5_error": "Top-5 error",
    "pointing": "Pointing",
    "energy": "Energy inside",
    "activated_share": "Activated share",
}


def show(subject: Subject, data: Dataset, entries: tuple[Entry, ...], share: int, tolerance: int) -> None:
    """The part "Over a set" of the page."""
    by_method = {entry.place: entry for entry in entries}
    plan = Plan(
        (*by_method, CENTRE, CHANCE),
        measured.METRICS,
        params=Params({m: Params(e.params) for m, e in by_method.items() if e.params}),
    )
    part, every = data.spread(PART), data
    name = f"{len(by_method)} maps of each of {len(every.examples):,} pictures take"
    work = [evaluations.measured(subject.model, pictures, plan) for pictures in (part, every)]
    try:
        rows, whole = compute.part_first(subject, *work, name, "boxes-set", PATIENCE)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if rows is None:
        frames.charts()
        return
    if not whole:
        data = part
        layout.caption(f"{PART} of {len(every.examples):,} pictures", "evenly spread over the set")
    table = measured.wide(rows)
    if table.empty:
        st.error("None of these pictures has a box that lies on the model's grid.")
        return
    names = {m: (e.label(), e.spec.colour) for m, e in by_method.items()} | BASELINES
    found = measured.numbers(table, share, tolerance)
    means = measured.summary(found)
    _headline(found, data, names)
    _means(means, names)
    left, right = st.columns(2, gap="large")
    with left:
        layout.heading("Localization error over the threshold, true class known")
        chart(_errors(table, names, share), "errors", "Localization error, true class known")
    with right:
        layout.heading("Pointing with a reject option")
        chart(_rejects(table, names, tolerance), "rejects", "Pointing with a reject option")
    _by_group(found, data, names)
    examples.show(subject, data, by_method, found, share, tolerance)
    st.download_button(
        "All numbers as CSV", found.to_csv(index=False), "localization.csv", "text/csv", on_click="ignore"
    )


def _headline(found: pd.DataFrame, data: Dataset, names: dict[str, tuple[str, str]]) -> None:
    """Whether the better of the two controls was beaten, on the measure that is asked for."""
    order = choose.one_of("Judged by", examples.ORDERS, "sorted_by")
    photographs = {example.name: example.photographs for example in data.examples}
    held, control = verdict.held(found, order, photographs, {m: label for m, (label, _) in names.items()})
    said, counted = verdict.headline(held, control, examples.ORDERS[order], data.name)
    layout.say(said)
    layout.note(counted)


def _means(means: pd.DataFrame, names: dict[str, tuple[str, str]]) -> None:
    shown = pd.DataFrame({"Map": [names[m][0] for m in means["method"]]})
    for column, title in TITLES.items():
        shown[title] = [
            f"{layout.fixed(value)}\u00a0±\u00a0{layout.fixed(error)}"
            for value, error in zip(means[column], means[f"{column}_se"], strict=True)
        ]
    layout.grid_table(shown)
    tables.pin_table(shown, "Localization, mean ± standard error", "means")
    layout.caption(
        "Mean ± standard error",
        "errors: smaller is better, all else larger",
        "activated share: of what is beyond 85 % of the maximum, what lies inside",
    )


def _errors(table: pd.DataFrame, names: dict[str, tuple[str, str]], share: int) -> go.Figure:
    series = {}
    for method, (label, colour) in names.items():
        mean, low, high = measured.error_curve(table, method)
        bands = (low, high) if method not in BASELINES else (None, None)
        dash = "dash" if method in BASELINES else "solid"
        series[label] = Curve(SHARES, mean, colour, *bands, dash=dash)
    figure = curves(series, ("Threshold, % of the maximum", "Localization error"), height=400)
    figure.add_vline(x=share, line={"dash": "dot", "width": 2, "color": "#8A9099"})
    return figure


def _rejects(table: pd.DataFrame, names: dict[str, tuple[str, str]], tolerance: int) -> go.Figure:
    series = {}
    for method, (label, colour) in names.items():
        found = measured.reject_curve(table, method, tolerance)
        dash = "dash" if method in BASELINES else "solid"
        series[label] = Curve(found.recall, found.accuracy, colour, dash=dash)
    return curves(series, ("Recall", "Accuracy of those that point"), height=400)


def _by_group(found: pd.DataFrame, data: Dataset, names: dict[str, tuple[str, str]]) -> None:
    """The same by class, or finding."""
    groups = {example.name: example.label for example in data.examples}
    if len(set(groups.values())) < 2:
        return
    with st.expander("By class"):
        means = measured.summary(found, groups)
        shown = means[["group", "method", "pictures", *TITLES]].copy()
        shown["method"] = [names[m][0] for m in shown["method"]]
        columns = {name: (title, "%.2f") for name, title in TITLES.items()}
        columns |= {"group": "Class", "method": "Map", "pictures": "Pictures"}
        tables.table(shown, "by_class", "Localization by class", columns, whole=means, csv="By class as CSV")
