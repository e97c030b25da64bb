"""What a visitor can choose on Neuron concepts."""

from __future__ import annotations

from xai_core.concepts import BACKENDS, SIMILARITIES

from ..state import forms, visitors
from ..state.fields import Field, choice, joined, whole, words
from ..state.shared import AUTO

TESTED = ("diagonal stripes", "polka dots", "grassy texture", "brown", "green")

FIELDS = (
    Field("part_of", "effect", choice("names", "unit", "effect", "maps", "tested")),
    Field("backend", BACKENDS[0], choice(*BACKENDS)),
    Field("similarity", "soft_wpmi", choice(*SIMILARITIES)),
    Field("probing", "samples", visitors.set_of("samples", "shapes", "folder")),
    Field("probed_layers", (), words, joined),
    Field("beside", "", forms.beside),
    Field("concept", "", str),
    Field("unit_layer", "", str),
    Field("unit", AUTO, forms.index),
    Field("units_off", (), forms.numbers, forms.dotted),
    Field("kinds", (), words, joined),
    Field("bars", "count", choice("count", "name")),
    Field("concepts_in", "this", visitors.set_of("this", "samples", "folder")),
    Field("factorized", "crops", choice("crops", "places")),
    Field("concept_count", 6, whole(2, 12)),
    Field("map_layer", "", str),
    Field("tested", TESTED, words, joined),
    Field("test_layer", "", str),
)
