"""Insertion and deletion: how fast the answer comes, or goes, in the order of each map."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import compute, state
from pages._ui.insertion import hiding, verdict, whole_set
from pages._ui.insertion.presets import PRESETS
from pages._ui.insertion.whole_set import Line
from pages._ui.results import jobs, maps, pictures
from pages._ui.state.subject import Subject
from pages._ui.widgets import choose, frames, layout, look, measures, parameters, presets, scales, tables
from pages._ui.widgets.charts import chart
from pages._ui.widgets.pins import pin_map
from xai_core.escaping import in_markdown
from xai_core.figures import Curve, encode, enlarged, overlay
from xai_core.metrics.insertion import picture_at

OVER = {"one": "This picture", "set": "Over a set"}
SIDES, DEFAULT_SIDE = (4, 8, 14, 16, 28, 32, 56), 28
SCORES = {"probability": "Probability", "logit": "Logit"}
PATIENCE = 15.0
FIRST = 56  # the side of the few superpixels that are looked at first
BY_ITSELF = 28  # finer ones than these start only when they are asked for, where they take long


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Insertion and deletion", PRESETS)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        over = choose.one_of("Over", OVER, "curve_over", titled=False)
        entries = parameters.choose_maps(subject.handle, "curve_maps")
        _settings(subject)
    layout.about_spec(measures.INSERTION)
    if not entries:
        st.info("Choose at least one map.")
        return
    try:
        requests = [entry.request(subject) for entry in entries]
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if over == "set":
        whole_set.show(subject, entries)
    else:
        _one(subject, whole_set.lines_of(entries), requests)


def _settings(subject: Subject) -> None:
    with st.popover("Settings", icon=":material/tune:"):
        fitting = [side for side in SIDES if side <= min(subject.handle.input_size) // 2]
        if state.get("superpixel") == DEFAULT_SIDE and DEFAULT_SIDE not in fitting:
            state.put_quietly("superpixel", fitting[-1])  # of a network that takes small pictures
        sides = [0, *fitting]
        if state.get("superpixel") not in sides:
            sides = sorted([*sides, state.get("superpixel")])

        def label(side: int) -> str:
            if not side:
                return f"SLIC segments, about {jobs.SEGMENTS}"
            rows, columns = (-(-n // side) for n in subject.handle.input_size)
            return f"{side} × {side} pixels: {rows} × {columns} superpixels"

        offered = hiding.offered(subject.handle)
        if state.get("hidden_by") not in offered:
            state.put_quietly("hidden_by", offered[0])
        hidden = st.selectbox(
            "Hidden by", offered, key=state.bind("hidden_by"), format_func=hiding.HIDDEN.get
        )
        state.keep("hidden_by", hidden)
        if hidden == hiding.DROP:
            st.caption(f"Whole patches: {in_markdown(label(hiding.side(subject.handle)))}")
        else:
            side = st.selectbox("Superpixels", sides, key=state.bind("superpixel"), format_func=label)
            state.keep("superpixel", side)
        score = st.selectbox("Score", SCORES, key=state.bind("curve_score"), format_func=SCORES.get)
        state.keep("curve_score", score)


def _one(subject: Subject, shown: tuple[Line, ...], requests: list[xai.Request]) -> None:
    side, settings = hiding.side(subject.handle), (state.get("hidden_by"), state.get("curve_score"))
    coarse = FIRST if 0 < side < FIRST <= min(subject.handle.input_size) // 2 else side
    first, job = (jobs.areas(subject.model, subject.image, requests, n, *settings) for n in (coarse, side))
    patience = compute.FIRST_LOOK if side >= BY_ITSELF else PATIENCE
    name = f"{len(shown)} pairs of curves take"
    try:
        found, whole = compute.part_first(subject, first, job, name, "areas", patience)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if found is None:
        frames.charts()
        return
    side = side if whole else coarse
    if not whole:
        count = f"{found[0].num_features[-1]} superpixels of {side} × {side} pixels"
        layout.caption(f"A first look with {count}", "the finer ones follow")
    layout.say(verdict.one_picture([line.label for line in shown[:-1]], found))
    layout.note(
        "One picture and one random order: whether a map is better at all, only a set of pictures tells."
    )
    left, right = st.columns(2, gap="large")
    for column, name, title in (
        (left, "insertion", "Insertion: show the most important first"),
        (right, "deletion", "Deletion: hide the most important first"),
    ):
        with column:
            layout.heading(title)
            _chart(name, shown, found, subject)
    _pictures(subject, shown, requests, found, side)
    _table(shown, found)


def _chart(name: str, shown: tuple[Line, ...], found: list[xai.Curves], subject: Subject) -> None:
    score = SCORES[state.get("curve_score")]
    series = {
        f"{entry.label}, area {getattr(one, f'{name}_auc'):.3f}": Curve(
            100 * one.fractions, getattr(one, name), entry.colour, dash=entry.dash
        )
        for entry, one in zip(shown, found, strict=True)
    }
    titles = ("Superpixels, %", f"{score} of {subject.target.label}")
    chart(
        whole_set.figure(series, titles, whole_set.span(found)),
        name,
        f"{name.capitalize()}, {subject.target.label}",
    )


def _pictures(
    subject: Subject, shown: tuple[Line, ...], requests: list[xai.Request], found: list[xai.Curves], side: int
) -> None:
    """What was scored at any step, for one of the maps; `side` is that of the superpixels."""
    st.subheader("The picture at any step")
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        state.put_quietly("curve_map", min(state.get("curve_map"), len(requests) - 1))
        number = st.selectbox(
            "Map",
            range(len(requests)),
            key=state.bind("curve_map"),
            width=260,
            format_func=lambda i: shown[i].label,
        )
        state.keep("curve_map", number)
        share = st.slider("Superpixels", 0, 100, key=state.bind("step"), format="%d %%", width=420)
        state.keep("step", share)
    one = found[number]
    step = round(share / 100 * int(one.num_features[-1]))
    (e,) = maps.explain(subject.model, subject.image, [requests[number]])
    drawn = look.chosen()
    segments = jobs.cells(subject.model, subject.image, side)
    shown_part, rest = (
        enlarged(picture_at(subject.handle, subject.image, one, step, insert, side, segments))
        for insert in (True, False)
    )
    views = [
        ("The map", overlay(pictures.view(subject.model, subject.image), e, drawn), None),
        ("Shown", shown_part, one.insertion[step]),
        ("Hidden", rest, one.deletion[step]),
    ]
    for column, (title, pixels, value) in zip(st.columns(3, gap="medium"), views, strict=True):
        with column:
            layout.heading(title)
            if value is None:
                layout.picture(encode(pixels, "JPEG"), title)
                scales.bar(e, drawn)
                pin_map(subject, e, drawn, None, "ordered")
            else:
                said = f"{title}: {e.label}, {step} superpixels of {xai.METHODS[e.method].label}"
                layout.picture(encode(pixels, "JPEG"), said, f"step-{title}")
                layout.caption(f"{step} of {one.num_features[-1]} superpixels", _value(float(value)))


def _value(value: float) -> str:
    return layout.percent(value) if state.get("curve_score") == "probability" else layout.fixed(value)


def _table(shown: tuple[Line, ...], found: list[xai.Curves]) -> None:
    table = whole_set.areas_table(shown, found)
    points = whole_set.points_table(shown, found)
    tables.table(
        table, "areas", "Areas under the curves", whole_set.COLUMNS, whole=points, csv="Curves as CSV"
    )
    layout.caption(
        "Insertion: a larger area is better", "deletion: a smaller one", hiding.said(found[0].baseline)
    )
