"""How strong an attack must be, and how far the map moves with it: for one picture and over a set."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.figures import Curve, curves
from xai_core.metrics.bands import interval, mean_band
from xai_core.metrics.robustness import sweep_row

from .. import compute, state
from ..results import answers, jobs, maps
from ..sets import picture_set
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import choose, frames, layout, look, tables
from ..widgets.charts import chart
from . import before_after

OVER = {"one": "This picture", "set": "A set of pictures"}
MEASURES = {"rank": "Rank correlation", "iou": "IoU", "distance": "Distance of the maxima"}
PATIENCE = 20.0


def show(subject: Subject, entry: Entry, towards: int | None) -> None:
    """The part "Strength" of the page."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        over = choose.one_of("Over", OVER, "over")
        methods = before_after.choose_methods(subject.handle, quick=True)
    threshold, percent = look.choose_threshold()
    chosen = picture_set.choose_set(subject.image.fit) if over == "set" else [("", subject.image)]
    rows = _rows(subject, entry, towards, chosen, methods, threshold, percent)
    if not rows:
        frames.charts()
        return
    table = pd.DataFrame(rows)
    _curves(entry, table, methods)
    shown = table.replace({"method": {key: spec.label for key, spec in xai.METHODS.items()}})
    order = [name for name in shown if name != "attack"]
    tables.table(shown, "attack_strength", f"{entry.spec.label} at several strengths", COLUMNS, order, table)


def _rows(
    subject: Subject,
    entry: Entry,
    towards: int | None,
    chosen: list[tuple[str, xai.ImageInput]],
    methods: tuple[str, ...],
    threshold: str,
    percent: float,
) -> list[dict[str, object]]:
    """One line for each picture, strength and method, of those that are known."""
    spec = entry.spec
    pairs = [(image, value) for image in _attackable(subject, chosen, towards) for value in spec.strengths]
    wanted = [
        jobs.attack(
            subject.model,
            image,
            entry.method,
            {**entry.params, spec.strength: value},
            towards,
            state.get("seed"),
        )
        for image, value in pairs
    ]
    name = f"{spec.label}, {len(wanted)} attacks: at most"
    found = compute.results(subject, wanted, name, "strength", PATIENCE)
    return [
        line
        for (image, _), attacked in zip(pairs, found, strict=True)
        if attacked is not None
        for line in _lines(subject, image, attacked, methods, threshold, percent)
    ]


def _attackable(
    subject: Subject, chosen: list[tuple[str, xai.ImageInput]], towards: int | None
) -> list[xai.ImageInput]:
    """The pictures without those that are of the wanted class already, which are named."""
    kept = []
    for name, image in chosen:
        predicted = answers.classes(subject.model, image)[0]
        if predicted.index == towards:
            st.caption(
                f"{in_markdown(name or 'The picture')} is {in_markdown(predicted.label)} already "
                "and is left out."
            )
        else:
            kept.append(image)
    return kept


def _lines(
    subject: Subject,
    image: xai.ImageInput,
    attacked: xai.PerturbedImage,
    methods: tuple[str, ...],
    threshold: str,
    percent: float,
) -> list[dict[str, object]]:
    kept = {score.index: score.probability for score in answers.classes(subject.model, attacked.image)}
    requests = [before_after.request(subject, method, attacked.label) for method in methods]
    before = maps.attempt(subject.model, image, requests)
    after = maps.attempt(subject.model, attacked.image, requests)
    return [
        sweep_row(attacked, kept[attacked.label], one, other, threshold, percent)
        for one, other in zip(before, after, strict=True)
        if isinstance(one, xai.Explanation) and isinstance(other, xai.Explanation)
    ]


def _curves(entry: Entry, table: pd.DataFrame, methods: tuple[str, ...]) -> None:
    title = "Pixels" if entry.spec.strength == "count" else "Epsilon, in steps of 255"
    attacks = table.drop_duplicates(["image", "strength"])
    left, right = st.columns(2, gap="large")
    many = attacks["image"].nunique() > 1
    with left:
        st.subheader("What becomes of the answer")
        series = _answer_band(attacks) if many else _answer(attacks)
        chart(curves(series, (title, "Probability"), log=True), "answer", "What becomes of the answer")
        bands = ("Bands: 95 % intervals", f"{attacks['image'].nunique()} pictures")
        layout.caption(*(bands if many else ("A filled point: the attack succeeded",)))
    with right:
        st.subheader("What becomes of the map")
        measure = choose.one_of("Measure", MEASURES, "measure", titled=False)
        series = {
            xai.METHODS[method].label: _similarity(table[table["method"] == method], measure, method)
            for method in methods
            if (table["method"] == method).any()
        }
        span = {"rank": (-0.2, 1.0), "iou": (0.0, 1.0), "distance": None}[measure]
        unit = "pixels between the maxima" if measure == "distance" else MEASURES[measure]
        chart(curves(series, (title, unit), span, log=True), "map", "What becomes of the map")
        layout.caption("The map of the class before, on the attacked picture, against the same on the first")


def _answer(table: pd.DataFrame) -> dict[str, Curve]:
    x, success = table["strength"].tolist(), table["success"].tolist()
    before, after = look.accent(), "#D55E00"
    return {
        "The class before": Curve(x, table["p_original"].tolist(), before, filled=success),
        "The answer": Curve(x, table["p_new"].tolist(), after, dash="dash", filled=success),
    }


def _answer_band(table: pd.DataFrame) -> dict[str, Curve]:
    grid = table.pivot(index="image", columns="strength", values="p_original")
    mean, low, high = mean_band(grid.to_numpy(float))
    wins = table.groupby("strength")["success"].agg(["sum", "count"])
    bounds = np.array([interval(int(row["sum"]), int(row["count"])) for _, row in wins.iterrows()])
    share = (wins["sum"] / wins["count"]).tolist()
    x = grid.columns.tolist()
    return {
        "Share of attacks that succeed": Curve(x, share, "#D55E00", bounds[:, 0], bounds[:, 1]),
        "Probability of the class before": Curve(x, mean, look.accent(), low, high),
    }


def _similarity(table: pd.DataFrame, measure: str, method: str) -> Curve:
    grid = table.pivot(index="image", columns="strength", values=measure)
    mean, low, high = mean_band(grid.to_numpy(float))
    band = (low, high) if len(grid) > 1 else (None, None)
    return Curve(grid.columns.tolist(), mean, xai.METHODS[method].colour, *band)


COLUMNS = {
    "image": "Picture",
    "strength": "Strength",
    "success": "Success",
    "method": "Method",
    "new_class": "Answer",
    "p_before": ("Before", "percent"),
    "p_original": ("After", "percent"),
    "p_new": ("Answer's", "percent"),
    "rank": ("Rank", "%.2f"),
    "iou": ("IoU", "%.2f"),
    "distance": ("Maxima, px", "%.0f"),
}
