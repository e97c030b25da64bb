"""Neuron concepts: what the units of a network have learned, and what they do to its answer."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from pages._ui import state
from pages._ui.concepts import concept_maps, effect, names, one_unit, presets, probing, tested, units
from pages._ui.concepts.words import words_for
from pages._ui.results import networks
from pages._ui.sidebar import missing
from pages._ui.state.subject import Subject
from pages._ui.widgets import choose, layers, layout, measures
from pages._ui.widgets.presets import head
from xai_core.concepts import SIMILARITIES, is_heads

WHOLE = {"maps": "Concept maps", "tested": "Test a concept"}  # parts that need no named units
HELP = {
    "samples": "What the units are shown. The samples are cut at four scales and made worse in five ways.",
    "shapes": "What the units are shown: drawings with one filled shape each, whose mask is known.",
}


def show(subject: Subject) -> None:
    """The page."""
    probing.settle(subject.model)
    head("Neuron concepts", presets.offered(subject))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        probed = state.get("probed_layers")
        words = words_for(probed)
        parts = {"effect": "This picture", "names": f"All {words.units}", "unit": f"One {words.unit}"}
        part = choose.one_of("Part", parts | WHOLE, "part_of", titled=False)
        if part in WHOLE:
            layout.about_spec(measures.CONCEPT_MAPS if part == "maps" else measures.TCAV)
        else:
            choose.one_of("Named by", probing.backends(subject.model), "backend")
            _settings(subject)
            heads = [measures.HEADS] if any(map(is_heads, probed)) else []
            layout.about_spec(*heads, measures.CONCEPTS)
    if part in WHOLE:
        (concept_maps if part == "maps" else tested).show(subject)
        return
    shown = probing.chosen(subject.model)
    if shown is None:
        return
    models = [subject.model, *([_beside()] if part == "names" and _beside() else [])]
    if any(not networks.weights_here(model) for model in models):
        missing.weights(next(m for m in models if not networks.weights_here(m)))
        return
    found = units.computed(subject, models, state.get("probed_layers"), shown)
    if found is None:
        return
    if part == "names":
        names.show(subject, found)
    elif part == "unit":
        one_unit.show(subject, found[subject.model])
    else:
        effect.show(subject, found[subject.model])


def _beside() -> str:
    return state.get("beside") if state.get("beside") else ""


def _settings(subject: Subject) -> None:
    with st.popover("Settings", icon=":material/tune:"):
        sets = probing.sources(subject.model)
        kind = choose.one_of("Pictures", sets, "probing", help=HELP[next(iter(sets))])
        if kind == "folder":
            place = st.text_input("Folder on the machine that runs the app", key=state.bind("labelled"))
            state.keep("labelled", place.strip())
            limit = st.number_input(
                "At most this many pictures (0: all)", 0, 1_000_000, step=50, key=state.bind("limit")
            )
            state.keep("limit", int(limit))
        _layers(subject)
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


def _layers(subject: Subject) -> None:
    """The layers whose units are named: first the suggested ones, then heads, then every other."""
    keys, (heads, reason) = layers.layer_keys(subject.handle), units.heads(subject.handle)
    stages = sum(spec.suggested for spec in subject.handle.layers)
    offered = [*keys[:stages], *reversed(heads), *keys[stages:]]
    chosen = [key for key in state.get("probed_layers") if key in offered]
    state.put_quietly("probed_layers", tuple(chosen))
    picked = st.multiselect(
        "Layers",
        offered,
        key=state.bind("probed_layers"),
        max_selections=5,
        placeholder="The last three stages",
        help="Units are a layer's channels, or the attention heads of a block, both counted from 0."
        if heads
        else None,
    )
    state.keep("probed_layers", tuple(picked))
    if reason:
        layout.note(f"Its attention heads are not offered: {reason}")
