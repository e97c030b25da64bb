"""What is different where the model errs: its confidence, and how its maps lie in the picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.datasets import Dataset
from xai_core.escaping import in_markdown
from xai_core.evaluation.evaluate import Plan
from xai_core.evaluation.predictions import Predictions
from xai_core.figures import two_boxes, two_histograms
from xai_core.metrics.groups import holm
from xai_core.types import Params

from .. import compute, state
from ..results import evaluations
from ..state.subject import Subject
from ..widgets import layout, tables
from ..widgets.charts import chart
from . import verdict

MEASURES = {"concentration": "Concentration", "offset": "Offset from the centre", "edge": "Share at the edge"}


def confidence(table: pd.DataFrame) -> None:
    """The probability of the answer, right and wrong."""
    values = {
        "Right": table.loc[table["correct"], "confidence"].to_numpy(),
        "Wrong": table.loc[~table["correct"], "confidence"].to_numpy(),
    }
    chart(
        two_histograms(values, "Probability of the answer"),
        "confidence",
        "Probability of right and wrong answers",
    )


def show(subject: Subject, data: Dataset, found: Predictions) -> None:
    """The part "What differs?": the maps of all pictures, measured."""
    entry = state.get("right_map")
    st.subheader("What differs?")
    right = dict(zip(found.table["image"], found.table["correct"], strict=True))
    if len(set(right.values())) < 2:
        st.caption("All answers are right, or all are wrong: there is nothing to compare.")
        return
    method = entry.place
    params = Params({method: Params(entry.params)}) if entry.params else Params()
    plan = Plan((method,), tuple(MEASURES), predicted=True, params=params)
    job = evaluations.measured(subject.model, data, plan)
    name = f"{xai.METHODS[entry.method].label} on {len(data.examples):,} pictures takes"
    try:
        (rows,) = compute.results(subject, [job], name, "differs")
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if rows is None:
        layout.caption("How the map of the answer lies in the picture, compared over all pictures")
        return
    table = rows.pivot_table(index="image", columns="metric", values="value", dropna=False)
    table["right"] = table.index.map(right)
    photographs = {example.name: example.photographs for example in data.examples}
    table = table.dropna(subset=["right"])
    _compare(table, [photographs[image] for image in table.index], xai.METHODS[entry.method].label)


def _compare(table: pd.DataFrame, photographs: list[tuple[str, ...]], method: str) -> None:
    is_right = table["right"].to_numpy(bool)
    found = {m: verdict.compared(table[m].to_numpy(float), is_right, photographs) for m in MEASURES}
    adjusted = dict(zip(MEASURES, holm(np.array([d.p for d in found.values()])), strict=True))
    layout.say(verdict.finding({m: (found[m].gap, adjusted[m]) for m in MEASURES}, method))
    for column, (measure, title) in zip(st.columns(3, gap="medium"), MEASURES.items(), strict=True):
        values = {
            "Right": table.loc[is_right, measure].dropna().to_numpy(),
            "Wrong": table.loc[~is_right, measure].dropna().to_numpy(),
        }
        with column:
            chart(two_boxes(values, title), measure, title)
    lines = [
        {
            "measure": title,
            "right": found[m].first,
            "wrong": found[m].second,
            "gap": found[m].gap,
            "low": found[m].low,
            "high": found[m].high,
            "p": adjusted[m],
            "effect": found[m].effect,
            "right_n": found[m].counts[0],
            "wrong_n": found[m].counts[1],
        }
        for m, title in MEASURES.items()
    ]
    shown = pd.DataFrame(lines)
    columns = {
        "measure": "Of the map",
        "right": ("Right", "%.3f"),
        "wrong": ("Wrong", "%.3f"),
        "gap": ("Right − wrong", "%+.3f"),
        "low": ("from", "%+.3f"),
        "high": ("to", "%+.3f"),
        "p": ("p", "%.3g"),
        "effect": ("Effect", "%+.2f"),
        "right_n": "n right",
        "wrong_n": "n wrong",
    }
    tables.table(
        shown,
        "right_and_wrong",
        "What differs between right and wrong",
        columns,
        whole=table.reset_index(),
        csv="Measures as CSV",
    )
    layout.caption(
        verdict.counting(photographs),
        "p is made larger for three questions at once (Holm)",
        "effect: rank-biserial correlation, −1 to 1",
    )
