"""A hypothesis about a region: say what to expect without it, and compare with chance."""

from __future__ import annotations

import streamlit as st

from xai_core.escaping import in_markdown
from xai_core.figures import beside_chance, encode
from xai_core.metrics.fillers import hidden
from xai_core.metrics.removal import RegionEffect

from .. import compute, state
from ..results import jobs, pictures
from ..state.subject import Subject
from ..widgets import layout, look
from ..widgets.charts import chart
from . import choice, verdict
from .proof import choose_fill

EXPECT = {"falls": "falls", "stays": "stays the same", "rises": "rises"}
CONTROLS = 60
PATIENCE = 15.0


def show_controls() -> None:
    """How regions are chosen, and what hides them."""
    choice.choose_shape()
    choose_fill()


def show(subject: Subject) -> None:
    """The part "Test a guess" of the page."""
    left, middle, right = st.columns([1, 1, 1.2], gap="medium")
    with left:
        layout.heading("Your region")
        mask = choice.chosen(subject)
    with right:
        expected = st.radio(
            f"Without it, the probability of {in_markdown(subject.target.label)}",
            list(EXPECT),
            key=state.bind("expect"),
            format_func=EXPECT.get,
            horizontal=True,
        )
        state.keep("expect", expected)
    if not mask.any() or mask.all():
        with right:
            st.info("Choose some of the picture, not all of it.")
        return
    job = jobs.region(subject.model, subject.image, mask, state.get("fill"), CONTROLS)
    with right:
        (found,) = compute.results(subject, [job], "62 pictures take", "region", PATIENCE)
    with middle:
        layout.heading("Without it")
        layout.caption(f"{100 * mask.mean():.1f} % of the picture")
        view = pictures.view(subject.model, subject.image, 1)
        layout.picture(
            encode(hidden(view, mask, state.get("fill"))), "The picture without the region", "without"
        )
    if found is not None:
        with middle:
            _answer(subject, found)
        with right:
            _verdict(subject, found, expected)


def _answer(subject: Subject, found: RegionEffect) -> None:
    best = int(found.after.argmax())
    layout.caption(
        f"Answer: {subject.handle.labels[best]}",
        layout.percent(float(found.after[best])),
        f"before: {subject.handle.labels[int(found.before.argmax())]}",
    )


def _verdict(subject: Subject, found: RegionEffect, expected: str) -> None:
    """What was measured, against what was expected and against chance."""
    target = subject.target.index
    drop, chance = found.drop(target), found.control_drops(target)
    before, after = float(found.before[target]), float(found.after[target])
    rarer = float((chance >= drop).mean() if drop >= 0 else (chance <= drop).mean())
    layout.say(verdict.region(expected, before, after, rarer))
    sign = 1 if drop >= 0 else -1
    layout.numbers(
        **{
            "drop": layout.fixed(drop),
            "mean drop at random places": layout.fixed(float(chance.mean())),
            "places that move it less": f"{int((sign * chance < sign * drop).sum())} of {len(chance)}",
        }
    )
    titles = (f"Drop of the probability of {subject.target.label}", "Random places")
    figure = beside_chance(chance, drop, titles, (look.accent(), look.quiet()), 260)
    chart(figure, "region", titles[0])
