"""The qualities of several maps of one picture as a table, with noise as the control: on the pages that judge
maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.metrics.qualities import HIGHER, LOWER, QUALITIES

from . import compute
from .results import qualities
from .state.entries import Entry
from .state.subject import Subject
from .widgets import layout, tables
from .widgets.versus import names

PATIENCE = 2.0  # seconds
JUDGED = ("relevance_gain", "sensitivity_n", "mu_fidelity")  # what noise is expected to have 0 of
AHEAD = 0.1  # by which a map must be ahead of noise, which is 0.1 away from 0 by chance
ARROWS = {HIGHER: " ↑", LOWER: " ↓"}


def show(
    subject: Subject, entries: Sequence[Entry], requests: Sequence[xai.Request], patience: float = PATIENCE
) -> None:
    """What takes longer than `patience` seconds is announced with its time and runs when it is asked for."""
    noise = qualities.of_noise(subject.model, subject.image, subject.target.index)
    jobs = [qualities.of_map(subject.model, subject.image, request) for request in requests]
    many = "1 map" if len(jobs) == 1 else f"{len(jobs)} maps"
    try:
        found = compute.results(
            subject, [noise, *jobs], f"Measuring {many} takes", "qualities", patience, "Measure"
        )
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    control, values = found[0], {e.label(): v for e, v in zip(entries, found[1:], strict=True) if v}
    if control is None or not values:
        return
    layout.say(verdict(values, control))
    layout.note("One picture. Noise: the same measures of random numbers in the place of a map.")
    table(values, control)
    layout.caption(
        "↑ larger is better, ↓ smaller is better",
        "sparseness describes a map and does not judge it",
        "noise never moves, so stability alone speaks for no map",
    )


def table(values: Mapping[str, Mapping[str, float]], control: Mapping[str, float]) -> None:
    """A row for each quality, a column for noise and one for each map; a quality that says nothing about any
    of them has no row. Noise comes first, so that a narrow screen shows it beside at least one map."""
    rows = {"Noise": control, **values}
    known = [one for one in QUALITIES if any(row[one.key] == row[one.key] for row in rows.values())]
    frame = pd.DataFrame({"measure": [one.label + ARROWS.get(one.better, "") for one in known]})
    for label, row in rows.items():
        frame[label] = [row[one.key] for one in known]
    columns: dict[str, tables.Column] = {"measure": "Measure"}
    columns |= {label: (label, "%.3g") for label in rows}
    tables.table(frame, "qualities", "Measures of maps", columns)


def verdict(values: Mapping[str, Mapping[str, float]], control: Mapping[str, float]) -> str:
    """Which maps are ahead of noise in what is measured by hiding parts of the picture."""
    counts = {label: sum(row[key] > control[key] + AHEAD for key in JUDGED) for label, row in values.items()}
    named = [
        label.lower() if label[1:].islower() else label
        for label in (quality.label for quality in QUALITIES if quality.key in JUDGED)
    ]
    every = [label for label, count in counts.items() if count == len(JUDGED)]
    some = [label for label, count in counts.items() if 0 < count < len(JUDGED)]
    none = [label for label, count in counts.items() if count == 0]
    measures = names(named)
    said = (
        f"Ahead of noise in each of {measures}: {names(every)}."
        if every
        else f"No map is ahead of noise in each of {measures}."
    )
    said += f" In some of them: {names(some)}." if some else ""
    return said + (f" In none: {names(none)}." if none else "")
