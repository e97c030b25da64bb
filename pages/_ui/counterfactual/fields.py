"""What a visitor can choose on Counterfactual."""

from __future__ import annotations

from xai_core.metrics.fillers import FILLS

from ..state import forms
from ..state.fields import Field, choice, flag, joined, on_off, whole, words
from ..state.shared import AUTO, CONTRASTED

FIELDS = (
    Field("question", "contrast", choice("maps", "contrast", "proof", "region")),
    Field("gradient_cam", "grad_cam", choice(*CONTRASTED)),
    Field("two_layers", (), words, joined),
    Field("counter_tile", AUTO, forms.tile),
    Field("one_scale", False, flag, on_off),
    Field("evidence", "against", choice("against", "for")),
    Field("fill", "grey", choice(*FILLS)),
    Field("removed", 20, whole(0, 60)),
    Field("shape", "box", choice("box", "superpixels")),
    Field("superpixels", (), forms.numbers, forms.dotted),
    Field("expect", "falls", choice("falls", "rises", "stays")),
)
