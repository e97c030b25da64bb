"""One-pixel sensitivity: where few pixels changed the answer, does the map point at them?"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.figures import grouped_bars
from xai_core.metrics.bands import interval
from xai_core.metrics.robustness import pixel_importance

from .. import compute, state
from ..results import answers, jobs, maps, networks
from ..sets import picture_set
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import frames, layout, tables
from ..widgets.charts import chart
from . import before_after, verdict


def show(subject: Subject, entry: Entry, towards: int | None) -> None:
    """The part "One pixel" of the page: many attacks, and what each method says of the changed pixels."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        methods = before_after.choose_methods(subject.handle, quick=True)
        models = _models(subject)
    chosen = picture_set.choose_set(subject.image.fit)
    if not chosen or not methods:
        return
    pairs = [(model, name, image) for model in models for name, image in chosen]
    wanted = [
        jobs.attack(
            model, image, "one_pixel", entry.params, _wanted(model, image, towards), state.get("seed")
        )
        for model, _, image in pairs
    ]
    found = compute.results(subject, wanted, f"{len(wanted)} attacks, {entry.label()}: at most", "pixel")
    done = [(*pair, one) for pair, one in zip(pairs, found, strict=True) if one is not None]
    if not done:
        frames.charts()
        return
    hits = [one for one in done if one[3].success]
    rows = [row for one in hits for row in _rows(subject, *one, methods)]
    layout.say(verdict.attacks(len(hits), len(done)))
    if rows:
        _summary(pd.DataFrame(rows), methods)


def _models(subject: Subject) -> tuple[str, ...]:
    here = [key for key in xai.MODELS if key in networks.models_here() or key == subject.model]
    wanted = tuple(key for key in state.get("attacked_models") if key in here) or (subject.model,)
    state.put_quietly("attacked_models", wanted)
    chosen = st.multiselect(
        "Models",
        here,
        key=state.bind("attacked_models"),
        width=420,
        select_all=False,
        format_func=lambda key: xai.MODELS[key].label,
    )
    return state.keep("attacked_models", tuple(chosen) or (subject.model,))


def _wanted(model: str, image: xai.ImageInput, towards: int | None) -> int | None:
    """The wanted class, where the picture is not of it already."""
    return None if answers.classes(model, image)[0].index == towards else towards


def _rows(
    subject: Subject,
    model: str,
    name: str,
    image: xai.ImageInput,
    found: xai.PerturbedImage,
    methods: tuple[str, ...],
) -> list[dict[str, object]]:
    """For each method: what its map of the new class, on the attacked picture, gives the changed pixels."""
    here = dataclasses.replace(subject, model=model, handle=networks.handle(model), image=found.image)
    requests = [before_after.request(here, method, found.after.index) for method in methods]
    rows = []
    for method, tile in zip(methods, maps.attempt(model, found.image, requests), strict=True):
        if isinstance(tile, xai.Explanation):
            seen = pixel_importance(tile, found.changed)
            rows.append(
                {
                    "picture": name or image.name,
                    "model": model,
                    "method": xai.METHODS[method].label,
                    "before": found.before.label,
                    "after": found.after.label,
                    "pixels": " ".join(f"({r}, {c})" for r, c in found.changed),
                    "value": seen.value,
                    "positive": seen.value > 0,
                    "percentile": seen.percentile,
                }
            )
    return rows


def _summary(table: pd.DataFrame, methods: tuple[str, ...]) -> None:
    """The share of attacks whose pixels got more than zero, for each method and model."""
    lines = []
    for (model, method), group in table.groupby(["model", "method"], sort=False):
        hits, count = int(group["positive"].sum()), len(group)
        low, high = interval(hits, count)
        lines.append(
            {
                "model": xai.MODELS[model].label if model in xai.MODELS else model,
                "method": method,
                "attacks": count,
                "share": hits / count,
                "low": low,
                "high": high,
                "percentile": float(np.median(group["percentile"])),
            }
        )
    summary = pd.DataFrame(lines)
    left, right = st.columns([1, 1.2], gap="large")
    with left:
        st.subheader("More than zero")
        names = list(dict.fromkeys(summary["model"]))
        labels = [xai.METHODS[method].label for method in methods]
        series = {
            label: [_share(summary, name, label) for name in names]
            for label in labels
            if (summary["method"] == label).any()
        }
        colours = {spec.label: spec.colour for spec in xai.METHODS.values()}
        figure = grouped_bars(names, series, colours, "Share of successful attacks")
        chart(figure, "pixel", "One-pixel attacks that a map sees")
    with right:
        st.subheader("For each method and model")
        columns = {
            "model": "Model",
            "method": "Method",
            "attacks": "Attacks",
            "share": ("More than zero", "percent"),
            "low": ("95 % from", "percent"),
            "high": ("to", "percent"),
            "percentile": ("Median percentile", "%.0f"),
        }
        tables.table(
            summary,
            "one_pixel_summary",
            "One-pixel attacks by method and model",
            columns,
            csv="Summary as CSV",
        )
        layout.caption(
            "The map of the new class on the attacked picture",
            "the most important changed pixel counts",
            "chance gives percentile 50",
        )
    tables.table(table, "one_pixel", "One-pixel attacks", {})


def _share(summary: pd.DataFrame, model: str, method: str) -> float:
    found = summary[(summary["model"] == model) & (summary["method"] == method)]["share"]
    return float(found.iloc[0]) if len(found) else float("nan")
