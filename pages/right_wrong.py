"""Right and wrong: what the model answers over a dataset, and where it looked when it erred."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import compute
from pages._ui.results import jobs
from pages._ui.right_wrong import differs, examples, matrix
from pages._ui.right_wrong.presets import PRESETS
from pages._ui.sets import labelled
from pages._ui.state.subject import Subject
from pages._ui.widgets import frames, layout, measures, presets
from xai_core.datasets import Dataset
from xai_core.escaping import in_markdown
from xai_core.evaluation.predictions import Accuracy, Predictions, accuracy

PATIENCE = 15.0
PART = labelled.FIRST["right_wrong"]


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Right and wrong", PRESETS)
    data = labelled.open_set(subject, "answers_of")
    layout.about_spec(measures.ACCURACY)
    if data is None:
        return
    part, name = data.spread(PART), f"All {len(data.examples):,} pictures take"
    work = [jobs.predictions(subject.model, pictures) for pictures in (part, data)]
    try:
        found, whole = compute.part_first(subject, *work, name, "answers", PATIENCE)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if found is None:
        frames.charts()
        return
    if not len(found.table):
        st.error("None of these pictures can be read.")
        labelled.left_out(data, list(found.errors.itertuples(index=False, name=None)))
        return
    if not whole:
        layout.caption(f"{PART} of {len(data.examples):,} pictures", "evenly spread over the set")
    _show(subject, data if whole else part, found)


def _show(subject: Subject, data: Dataset, found: Predictions) -> None:
    top1, top5 = accuracy(found.table["correct"]), accuracy(found.table["correct_top5"])
    layout.say(
        f"{subject.handle.spec.label} is right on {top1.right:,} of {top1.count:,} pictures: "
        f"{_share(top1)}, and on {_share(top5)} among its first five answers."
    )
    labelled.left_out(data, list(found.errors.itertuples(index=False, name=None)))
    left, right = st.columns([1.25, 1], gap="large")
    with left:
        chosen = matrix.show(found.table, data)
    with right:
        layout.heading("How sure, right and wrong")
        differs.confidence(found.table)
    examples.show(subject, data, chosen)
    differs.show(subject, data, found)
    st.download_button(
        "Predictions as CSV",
        found.table.to_csv(index=False),
        "predictions.csv",
        "text/csv",
        on_click="ignore",
    )


def _share(found: Accuracy) -> str:
    return f"{layout.percent(found.share)} ({layout.percent(found.low)} to {layout.percent(found.high)})"
