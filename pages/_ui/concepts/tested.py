"""The part "Test a concept": whether the class depends on a concept that is given (TCAV)."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core import concepts
from xai_core.concepts.crops import random_crops
from xai_core.concepts.drawn_concepts import SHAPES, SURFACES
from xai_core.concepts.tcav import default_layer
from xai_core.escaping import in_markdown
from xai_core.figures import beside_random_sets, contact_sheet, encode

from .. import compute, state
from ..results import networks, pictures
from ..results.flights import Job, Report
from ..sets import made_for
from ..state import visitors
from ..state.subject import Subject
from ..widgets import frames, layout, look
from ..widgets.charts import chart
from . import pictures_of, verdict_maps

EACH, RANDOM = 20, 120  # pictures of a concept, and random ones
VIEWS, SIDE = 30, 0.7  # crops of the page's picture, over which the score is counted
FOLDER = "folder"
GRADIENT, DRAWING = 3.0, 0.02  # passes that a gradient takes; seconds to draw a picture
SHOWN, WIDE = 4, 165  # pictures of each, and the width of these together


def show(subject: Subject) -> None:
    """The part of the page."""
    names = _controls(subject)
    if not names:
        st.info("Choose a concept.")
        return
    own: list[xai.ImageInput] | None = None
    if FOLDER in names:
        own = pictures_of.folder()
        if own is None:
            return
    try:
        (found,) = compute.results(
            subject, [_job(subject, names, own)], "The test takes", "tcav", compute.FIRST_LOOK
        )
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if found is None:
        frames.charts(1)
        return
    _drawn(subject, found, own)


def _controls(subject: Subject) -> tuple[str, ...]:
    drawn = SHAPES if made_for.drawn(subject.model) else SURFACES
    offered = list(visitors.offered({name: name for name in (*drawn, FOLDER)}))
    kept = tuple(name for name in state.get("tested") if name in offered) or tuple(offered[:3])
    state.put_quietly("tested", kept)
    layers = [layer.key for layer in subject.handle.layers if layer.suggested]
    layers = layers or [subject.handle.layer(None).key]
    if state.get("test_layer") not in layers:
        state.put_quietly("test_layer", default_layer(subject.handle))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        names = st.multiselect(
            "Concepts",
            offered,
            key=state.bind("tested"),
            max_selections=8,
            width=560,
            help="Drawn textures and colours, or the pictures of a folder.",
        )
        state.keep("tested", tuple(names))
        layer = st.selectbox("Layer", list(reversed(layers)), key=state.bind("test_layer"), width=220)
        state.keep("test_layer", layer)
        if FOLDER in names:
            place = st.text_input("Folder on the machine that runs the app", key=state.bind("labelled"))
            state.keep("labelled", place.strip())
    return tuple(names)


def _job(subject: Subject, names: tuple[str, ...], own: list[xai.ImageInput] | None) -> Job:
    network, layer, target = networks.handle(subject.model), state.get("test_layer"), subject.target.index
    image = subject.image
    size = EACH if own is None else min(EACH, len(own))

    def run(report: Report) -> concepts.Tcav:
        given = {name: of(name, own)[:size] for name in names}
        report.check()
        random = concepts.random_pictures(names[0], RANDOM)
        report.check()
        views = [crop.image for crop in random_crops(network, [image], VIEWS, SIDE)]
        return xai.tcav(
            network, views, given, random, target, layer, progress=report.progress, cancelled=report.cancelled
        )

    files = tuple(one.sha256 for one in own or ())
    passes = VIEWS * GRADIENT + size * len(names) + RANDOM
    made = DRAWING * (size * len(names) + RANDOM)
    return Job(
        ("tcav", network.identity, image.sha256, target, layer, names, files),
        run,
        lambda: passes * network.seconds_per_pass + made,
    )


def of(name: str, own: list[xai.ImageInput] | None) -> list[xai.ImageInput]:
    """The pictures of a concept."""
    return list(own or ()) if name == FOLDER else concepts.concept_pictures(name, EACH)


def _drawn(subject: Subject, found: concepts.Tcav, own: list[xai.ImageInput] | None) -> None:
    layout.say(verdict_maps.tested(found, subject.target.label))
    if found.same_slope:
        layout.note(
            "In this layer the gradient is the same in every picture, so every run scores 0 or 1; an earlier "
            "layer tells more."
        )
    left, right = st.columns([1.2, 1], gap="large")
    names = [one.name for one in found.concepts]
    with left:
        layout.heading(f"How often the logit of {subject.target.label} rises towards a concept")
        figure = beside_random_sets(
            names,
            [one.score for one in found.concepts],
            [one.beats_control for one in found.concepts],
            found.control,
            look.accent(),
            look.quiet(),
        )
        chart(figure, "tcav", "TCAV scores beside random sets")
        layout.caption(
            "Filled: beats the random sets", f"{found.pictures} crops of this picture", found.layer
        )
    with right:
        layout.heading("The test")
        layout.grid_table(
            pd.DataFrame(
                {
                    "Concept": names,
                    "Score": [layout.fixed(one.score) for one in found.concepts],
                    "p, corrected": [layout.fixed(one.corrected, 3) for one in found.concepts],
                    "Told apart": [layout.percent(one.accuracy) for one in found.concepts],
                    "Control": ["beaten" if one.beats_control else "not beaten" for one in found.concepts],
                }
            )
        )
        layout.caption(
            "Told apart: how often a held-out picture falls on the right side; half is chance",
            "p: Bonferroni, over all concepts",
        )
    _shown(subject, names, own)


def _shown(subject: Subject, names: list[str], own: list[xai.ImageInput] | None) -> None:
    """The first pictures of each concept, and of the random ones."""
    layout.heading("What the network was shown")
    with st.container(horizontal=True, gap="small"):
        for name in [*names, ""]:
            images = of(name, own) if name else concepts.random_pictures(names[0], RANDOM)
            views = [pictures.view(subject.model, one) for one in images[:SHOWN]]
            said = name or "random"
            with st.container(width=WIDE, gap=None):
                layout.picture(encode(contact_sheet(views, 2), "JPEG"), f"Pictures of {said}")
                layout.caption(said)
