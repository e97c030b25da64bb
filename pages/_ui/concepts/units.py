"""Named units, as the cache keeps them: which pictures they were shown, what they are called, what they
did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core import concepts
from xai_core.escaping import in_markdown

from .. import compute, state
from ..results import downloads, networks
from ..results.flights import Job, Report
from ..state.shared import DEFAULT_MODEL
from ..state.subject import Subject
from ..widgets import frames
from .probing import Probing
from .words import Words, words_for

READING = 0.02  # seconds to make or read a picture, twice: for its name and for the network


@dataclass(frozen=True)
class Units:
    """The table of `dissect`, the activations by layer (pictures, units), and what they were shown."""

    table: pd.DataFrame
    activations: concepts.Activations
    probing: Probing

    @property
    def photographs(self) -> tuple[str, ...]:
        """From which photograph each picture was made."""
        return self.probing.images.photographs

    def words(self, *layers: str) -> Words:
        """What the units of these layers, or of all, and the pictures are called."""
        return words_for(layers or tuple(self.table["layer"].unique()), self.probing.drawn)

    def rests_on(self, layer: str) -> np.ndarray:
        """On how many photographs each unit's name rests."""
        return concepts.rests_on(self.activations.values[layer], self.photographs)


def named(model: str, layers: tuple[str, ...], probing: Probing) -> Job:
    """Every unit of the layers, named."""
    network, images = networks.handle(model), probing.images
    keys = concepts.checked_layers(network, list(layers) or None)
    backend, similarity = probing.backend, state.get("similarity")
    own = model == DEFAULT_MODEL  # ConSE then names the pictures by the very pass that records the units
    passes = {"conse": 1 if own else 2, "network_dissection": 3}.get(backend, 4)

    def run(report: Report) -> Units:
        if backend == "openclip":
            downloads.openclip(report)
        table = xai.dissect(
            network,
            images,
            list(keys),
            backend,
            similarity,
            probing.concepts,
            progress=report.progress,
            cancelled=report.cancelled,
        )
        shared = backend == "conse" and concepts.Conse().shares(network)
        every = [*keys, concepts.OUTPUT] if shared else list(keys)  # as `dissect` recorded them
        return Units(table, concepts.record(network, images, every), probing)

    return Job(
        ("units", network.identity, keys, similarity, *probing.key),
        run,
        lambda: len(images) * (passes * network.seconds_per_pass + READING) + 2.0 * len(keys),
        unit="pictures",
        thing="networks",
    )


def heads(handle: xai.ModelHandle) -> tuple[tuple[str, ...], str]:
    """The layers of heads that a network has, or none and the reason; "" for a network without attention."""
    if handle.traits is not None and "attention" not in handle.traits:
        return (), ""
    try:
        return tuple(layer.key for layer in concepts.head_layers(handle)), ""
    except xai.InputError as error:
        return (), str(error)


def computed(
    subject: Subject, models: list[str], layers: tuple[str, ...], probing: Probing
) -> dict[str, Units] | None:
    """The units of each model by its key, or None where they are not computed yet."""
    try:
        work = [named(model, layers if n == 0 else (), probing) for n, model in enumerate(models)]
        through = "two networks" if len(models) > 1 else "the network"
        count = f"{len(probing.images):,} pictures through {through} take"
        found = compute.results(subject, work, count, "units", compute.FIRST_LOOK)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return None
    if any(one is None for one in found):
        frames.charts(1)
        return None
    return dict(zip(models, found, strict=True))


def with_maps(units: Units) -> list[str]:
    """The layers of named units that have a map, the deepest last."""
    return [layer for layer in dict.fromkeys(units.table["layer"]) if layer != concepts.OUTPUT]


def top(units: Units, layer: str, unit: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The pictures that a unit answers to most (their places, best first), and all its activations."""
    values = units.activations.values[layer][:, unit]
    return np.argsort(-values, kind="stable")[:count], values


def choose_layer(layers: list[str]) -> str:
    """One of the named layers, the deepest at first."""
    if state.get("unit_layer") not in layers:
        state.put(unit_layer=layers[-1])
    return state.keep("unit_layer", st.selectbox("Layer", layers, key=state.bind("unit_layer"), width=220))
