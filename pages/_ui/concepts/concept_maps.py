"""The part "Concept maps": what goes together in a layer, where it is, and what it does to the class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

import xai_core as xai
from xai_core import concepts
from xai_core.escaping import in_markdown
from xai_core.figures import CONCEPT_COLOURS, concept_picture, contact_sheet, encode, importance_bars

from .. import compute, state
from ..results import answers, networks, pictures
from ..results.flights import Job, Report, fetch
from ..state.subject import Subject
from ..widgets import choose, frames, layout
from ..widgets.charts import chart
from . import pictures_of, verdict_maps

CROPS = 100  # at least so many in all
EACH = 12  # and so many of each picture
FITTING = 6.0  # seconds for the factorizations, with the control and the random starts
ACROSS, EXAMPLES, CARDS = 4, 4, 3
SMALL = 96  # pixels of an example after the first
METHODS = {"crops": "Crops (CRAFT)", "places": "Places (DFF)"}


def show(subject: Subject) -> None:
    """The part of the page."""
    layers = answers.never_negative(subject.model)
    if not layers:
        st.info(
            in_markdown(
                f"{subject.handle.key} has no layer that is never negative, since its activation is one like "
                "SiLU or GELU. Concepts are factorized from a layer behind a ReLU; another model has one."
            )
        )
        return
    _controls(subject, layers)
    images = pictures_of.chosen(subject)
    if images is None:
        return
    work = _jobs(subject, images)
    try:
        found, shown = compute.results(
            subject, work, "Concepts of these pictures take", "concept-maps", compute.FIRST_LOOK
        )
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    if found is None or shown is None:
        frames.charts(2)
        return
    _drawn(subject, images, found, shown)


def _controls(subject: Subject, layers: Sequence[str]) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        pictures_of.choose_set()
        choose.one_of("Found in", METHODS, "factorized")
        count = st.selectbox("Concepts", list(range(2, 13)), key=state.bind("concept_count"), width=110)
        state.keep("concept_count", count)
        if state.get("map_layer") not in layers:
            state.put_quietly("map_layer", layers[-1])
        layer = st.selectbox(
            "Layer",
            list(reversed(layers)),
            key=state.bind("map_layer"),
            width=220,
            help="Layers whose activations are never negative, the deepest first.",
        )
        state.keep("map_layer", layer)


def _jobs(subject: Subject, images: list[xai.ImageInput]) -> tuple[Job, Job]:
    """The concepts, and their importance for the class in the page's picture."""
    network, layer = networks.handle(subject.model), state.get("map_layer")
    how, count = state.get("factorized"), state.get("concept_count")
    crops = max(EACH, -(-CROPS // len(images)))
    target, image = subject.target.index, subject.image

    def factorized(report: Report) -> concepts.ConceptMaps:
        make = xai.craft if how == "crops" else xai.deep_feature_factorization
        return make(
            network, images, layer, count, crops, progress=report.progress, cancelled=report.cancelled
        )

    key = ("concept maps", network.identity, tuple(i.sha256 for i in images), layer, how, count, crops)
    passes = len(images) * (1 + crops)
    first = Job(key, factorized, lambda: passes * network.seconds_per_pass + FITTING)

    def important(report: Report) -> concepts.Importance:
        basis = fetch(first, report).basis
        return concepts.concept_importance(
            network, image, layer, basis, target, progress=report.progress, cancelled=report.cancelled
        )

    named = ("concept importance", *key, image.sha256, target)
    tries = concepts.POINTS * (count + 2) / 10  # a pass behind a late layer is a fraction of a whole one
    return first, Job(named, important, lambda: tries * network.seconds_per_pass)


def _drawn(
    subject: Subject, images: list[xai.ImageInput], found: concepts.ConceptMaps, shown: concepts.Importance
) -> None:
    order = np.argsort(-shown.values, kind="stable").tolist()
    names = [f"concept {order.index(k) + 1}" for k in range(len(order))]
    colours = [CONCEPT_COLOURS[order.index(k)] for k in range(len(order))]
    layout.say(verdict_maps.found(len(order), found.explained, found.chance, float(found.stability.mean())))
    layout.note(f"{verdict_maps.answer(shown)} {verdict_maps.without(shown, names)}")
    if not found.converged:
        layout.note("The factorization had not come to rest; its concepts may still move.")
    highest = np.maximum(found.maps.max((0, 2, 3)), 1e-12)[:, None, None]
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        layout.heading("Where the concepts are")
        view = concept_picture(pictures.view(subject.model, subject.image), found.maps[0] / highest, colours)
        layout.picture(encode(view, "JPEG"), f"Concepts of {found.layer} in {subject.image.name}", "concepts")
        layout.caption("Each place: its strongest concept", "colours as in the bars")
    with right:
        title = f"How much {subject.target.label} depends on each"
        layout.heading(title)
        in_order = [names[k].capitalize() for k in order]
        figure = importance_bars(in_order, shown.values[order].tolist(), [colours[k] for k in order])
        chart(figure, "importance", title)
        layout.caption(
            "Share of the logit's variance in which a concept takes part while all are faded at random"
        )
    for start in range(0, len(order), CARDS):
        for column, concept in zip(
            st.columns(CARDS, gap="medium"), order[start : start + CARDS], strict=False
        ):
            with column:
                layout.heading(f"{names[concept].capitalize()}: {layout.percent(shown.values[concept])}")
                _card(subject, images, found, concept, names[concept], colours[concept], highest)


def _card(
    subject: Subject,
    images: list[xai.ImageInput],
    found: concepts.ConceptMaps,
    concept: int,
    name: str,
    colour: str,
    highest: np.ndarray,
) -> None:
    """One concept: the pictures that show it most, with its places, and the crops that show it most."""
    places, crops = found.exemplars(concept, EXAMPLES), found.top_crops(concept, 2 * ACROSS)
    if places:
        views = [
            concept_picture(
                pictures.view(subject.model, images[place]),
                (found.maps[place] / highest)[concept : concept + 1],
                [colour],
            )
            for place in places
        ]
        layout.picture(encode(views[0], "JPEG"), f"Places of {name} in {images[places[0]].name}")
        with st.container(horizontal=True, gap="small"):
            for place, view in zip(places[1:], views[1:], strict=True):
                st.image(encode(view, "JPEG"), width=SMALL, alt=f"Places of {name} in {images[place].name}")
    if crops:
        sheet = contact_sheet([pictures.view(subject.model, crop.image) for crop in crops], ACROSS)
        layout.picture(encode(sheet, "JPEG"), f"Crops that show {name} most")
    where = "Its places, and the crops that show it most" if places else "In crops alone, at no place"
    layout.caption(where, f"found again with a cosine of {layout.fixed(found.stability[concept])}")
