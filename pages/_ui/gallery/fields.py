"""What a visitor can choose on the CAM gallery."""

from __future__ import annotations

from ..state import forms
from ..state.fields import Field, choice, flag, joined, on_off, words
from ..state.shared import AUTO, AXES

FIELDS = (
    Field("rows", "layer", choice(*AXES)),
    Field("columns", "method", choice(*AXES)),
    Field("layers", (), words, joined),
    Field("methods", (), forms.methods, joined),
    Field("both", False, flag, on_off),
    Field("counterfactual", False, flag, on_off),
    Field("shared", False, flag, on_off),
    Field("tile", AUTO, forms.tile),
)
