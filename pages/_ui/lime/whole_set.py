"""LIME against class activation maps over a set of pictures: a table, a chart, and complexity."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.figures import grouped_bars, scatter
from xai_core.metrics import agreement, lime_study

from .. import compute
from ..results import jobs
from ..sets import picture_set
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import choose, frames, layout, look, tables
from ..widgets.charts import chart
from . import verdict

COMPLEXITY = {"edges": "Edge density", "entropy": "Entropy, bits", "regions": "Regions"}
IOU = {f"iou_{cam}": xai.METHODS[cam].label for cam in lime_study.CAMS}
COLOURS = {xai.METHODS[cam].label: xai.METHODS[cam].colour for cam in lime_study.CAMS}


def show(subject: Subject, entry: Entry) -> None:
    """The part "Over a set" of the page."""
    chosen = picture_set.choose_set(subject.image.fit)
    threshold, percent = look.choose_threshold()
    if not chosen:
        return
    requests = lime_study.requests(dict(entry.params))
    requests = [
        r.replace(layer=subject.handle.layer(None).key) if r.method != "lime" else r for r in requests
    ]
    work = [jobs.lime_row(subject.model, name, image, requests, threshold, percent) for name, image in chosen]
    found = compute.results(subject, work, f"{len(chosen)} pictures take", "set")
    rows = [row for row in found if row is not None]
    if not rows:
        frames.charts()
        return
    table = pd.DataFrame(rows)
    _table(table)
    _charts(table)


def _table(table: pd.DataFrame) -> None:
    columns = {name: (f"IoU {label}", "bar") for name, label in IOU.items()}
    columns |= {f"rank_{cam}": (f"Rank {xai.METHODS[cam].label}", "%.2f") for cam in lime_study.CAMS}
    columns |= {
        "image": "Picture",
        "class": "Class",
        "superpixels": "Superpixels",
        "probability": ("Probability", "percent"),
        "lime_r2": ("LIME's R²", "%.2f"),
        "edges": ("Edges", "percent"),
        "entropy": ("Entropy", "%.2f"),
        "regions": "Regions",
    }
    order = ["image", "class", "probability", *IOU, "lime_r2", "edges", "entropy", "regions"]
    order += [name for name in table if name not in order]
    tables.table(table, "lime_and_cam", "LIME and Grad-CAM over the set", columns, order, table)
    means = table[list(IOU)].mean()
    layout.numbers(**{f"Mean IoU, {label}": f"{means[name]:.2f}" for name, label in IOU.items()})


def _charts(table: pd.DataFrame) -> None:
    left, right = st.columns(2, gap="medium")
    values = {label: table[name].tolist() for name, label in IOU.items()}
    with left:
        st.subheader("Overlap with LIME")
        chart(
            grouped_bars(table["image"].tolist(), values, COLOURS, "IoU with LIME"),
            "overlap",
            "Overlap with LIME",
        )
    with right:
        st.subheader("Do they agree more on simple pictures?")
        measure = choose.one_of("Complexity", COMPLEXITY, "complexity", titled=False)
        names = table["image"].tolist()
        titles = COMPLEXITY[measure], "IoU with LIME"
        chart(
            scatter(table[measure].tolist(), values, COLOURS, names, titles),
            "complexity",
            "Overlap and complexity",
        )
        st.write(in_markdown(_answer(table, measure)))


def _answer(table: pd.DataFrame, measure: str) -> str:
    """The rank correlation of complexity with overlap, in words, with how much it is worth."""
    if len(table) < 4:
        return "With fewer than four pictures nothing can be said about that."
    rhos = {}
    for name, label in IOU.items():
        known = table[[measure, name]].dropna()
        rhos[label] = agreement.spearman(known[measure].to_numpy(), known[name].to_numpy())
    return verdict.related(COMPLEXITY[measure].lower(), rhos, len(table), _chance(len(table)))


def _chance(count: int) -> float:
    """The size that a rank correlation of `count` unrelated pairs exceeds once in twenty times."""
    from scipy.stats import t

    quantile = t.ppf(0.975, count - 2)
    return float(quantile / (count - 2 + quantile**2) ** 0.5)
