"""Three things to try next, each as a picture of what comes, of this picture and this network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

import xai_core as xai

from .. import state
from ..results import drawn, maps, networks, pictures
from ..sidebar import own_picture
from ..state.subject import Subject
from ..widgets import layout, look
from ..widgets.links import page_link
from . import steps

LARGEST = (
    150_000_000  # bytes of the weights of a network of which a second one with a random head is made here
)


@dataclass(frozen=True)
class Step:
    """A page to go to, and what its picture shows."""

    page: str
    label: str
    about: str
    icon: str


LAYER = Step(
    "gallery", "Compare layers", "The same class at three depths of the network.", ":material/layers:"
)
TRUST = Step(
    "trust",
    "Can I trust it?",
    "The picture, its map, and the map after the last layer is drawn at random.",
    ":material/fact_check:",
)
METHOD = Step(
    "compare", "Compare methods", "Grad-CAM, Guided Backprop and their product.", ":material/compare:"
)


def show(subject: Subject) -> None:
    """The steps side by side; one whose maps this network does not have is left out."""
    made = [(step, found) for step, make in _STEPS if (found := make(subject))]
    layout.row_label("What to try next")
    columns = st.columns(len(made) + 1, gap="medium")
    for column, (step, file) in zip(columns, made, strict=False):
        with column, st.container(key=f"step-{step.page}", gap="xsmall"):
            about, query = _of_network(subject.handle, step)
            layout.picture(file, about)
            page_link(step.page, step.label, step.icon, query)
            layout.note(about)
    with columns[-1], st.container(key="step-own", gap="xsmall"):
        own_picture.offer()


def _of_network(handle: xai.ModelHandle, step: Step) -> tuple[str, dict[str, str]]:
    """What the step shows of this network, and the fields of a link to it: {} where the page's own defaults
    are what is shown."""
    shown = steps.maps_for(handle)
    if shown == steps.CONVOLUTIONAL or step is LAYER:
        return step.about, {}
    if step is METHOD:
        return shown.about(), {**state.query("compare"), "maps": ",".join(shown.compared)}
    beside = [key for key in ("layer_cam", "guided_backprop", "gradient") if key != shown.trusted]
    return step.about, {**state.query("trust"), "trust_maps": ",".join([shown.trusted, *beside])}


def _layers(subject: Subject) -> bytes:
    return _strip(subject, maps.attempt(subject.model, subject.image, steps.layers(subject)))


def _trust(subject: Subject) -> bytes:
    if networks.weight_bytes(subject.handle) > LARGEST:
        return b""
    request = steps.trusted(subject)
    keys = (subject.model, networks.random_key(subject.model, "head"))
    found = [maps.attempt(key, subject.image, [request])[0] for key in keys]
    return _strip(subject, found, before=True)


def _methods(subject: Subject) -> bytes:
    return _strip(subject, maps.attempt(subject.model, subject.image, steps.compared(subject)))


def _strip(
    subject: Subject, found: Sequence[xai.Explanation | xai.InputError], before: bool = False
) -> bytes:
    """The maps side by side as one file, with `before` after the picture; b"" where one of them does not
    exist for this network."""
    made = [e for e in found if isinstance(e, xai.Explanation)]
    if not made or len(made) < len(found):
        return b""
    return drawn.strip(pictures.view(subject.model, subject.image, 1), made, look.chosen(), before)


_STEPS = ((LAYER, _layers), (TRUST, _trust), (METHOD, _methods))
