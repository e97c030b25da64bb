"""Neuron concepts: what the units of a network have learned, and what they do to its answer."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import state
from pages._ui.concepts import effect, names, one_unit, units
from pages._ui.concepts.presets import PRESETS
from pages._ui.results import networks
from pages._ui.state import visitors
from pages._ui.state.subject import Subject
from pages._ui.widgets import choose, layers, layout, measures, presets
from xai_core.concepts import SIMILARITIES

PARTS = {"effect": "This picture", "names": "All units", "unit": "One unit"}
SETS = {"samples": "Samples, cropped", "folder": "Folder"}


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Neuron concepts", PRESETS)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        part = choose.one_of("Part", PARTS, "part_of", titled=False)
        choose.one_of("Named by", units.BACKENDS, "backend")
        _settings(subject)
        layout.about_spec(measures.CONCEPTS)
    images = units.probing()
    if images is None:
        return
    models = [subject.model, *([_beside()] if part == "names" and _beside() else [])]
    if any(not networks.weights_here(model) for model in models):
        layout.missing_weights(next(m for m in models if not networks.weights_here(m)))
        return
    found = units.computed(subject, models, state.get("probed_layers"), images)
    if found is None:
        return
    if part == "names":
        names.show(subject, found)
    elif part == "unit":
        one_unit.show(subject, found[subject.model], images)
    else:
        effect.show(subject, found[subject.model])


def _beside() -> str:
    return state.get("beside") if state.get("beside") else ""


def _settings(subject: Subject) -> None:
    with st.popover("Settings", icon=":material/tune:"):
        kind = choose.one_of(
            "Pictures",
            visitors.offered(SETS),
            "probing",
            help="What the units are shown. The samples are cut at four scales and made worse in five ways.",
        )
        if kind == "folder":
            place = st.text_input("Folder on the machine that runs the app", key=state.bind("labelled"))
            state.keep("labelled", place.strip())
            limit = st.number_input(
                "At most this many pictures (0: all)", 0, 1_000_000, step=50, key=state.bind("limit")
            )
            state.keep("limit", int(limit))
        offered = layers.layer_keys(subject.handle)
        chosen = [key for key in state.get("probed_layers") if key in offered]
        state.put_quietly("probed_layers", tuple(chosen))
        picked = st.multiselect(
            "Layers",
            offered,
            key=state.bind("probed_layers"),
            max_selections=5,
            placeholder="The last three stages",
        )
        state.keep("probed_layers", tuple(picked))
        measure = st.selectbox(
            "Similarity",
            list(SIMILARITIES),
            key=state.bind("similarity"),
            format_func=lambda name: name.replace("_", " ").replace("wpmi", "WPMI"),
            disabled=state.get("backend") == "network_dissection",
        )
        state.keep("similarity", measure)
        others = ["", *(key for key in xai.MODELS if key in networks.models_here() and key != subject.model)]
        if state.get("beside") not in others:
            others.append(state.get("beside"))
        beside = st.selectbox(
            "Beside it",
            others,
            key=state.bind("beside"),
            format_func=lambda key: xai.MODELS[key].label if key in xai.MODELS else key or "No other network",
        )
        state.keep("beside", beside)
