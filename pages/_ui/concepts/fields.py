"""What a visitor can choose on Neuron concepts."""

from __future__ import annotations

from xai_core.concepts import BACKENDS, SIMILARITIES

from ..state import forms, visitors
from ..state.fields import Field, choice, joined, words
from ..state.shared import AUTO

FIELDS = (
    Field("part_of", "effect", choice("names", "unit", "effect")),
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
)
