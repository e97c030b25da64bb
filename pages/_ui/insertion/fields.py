"""What a visitor can choose on Insertion and deletion."""

from __future__ import annotations

from ..state import entries, forms
from ..state.fields import Field, choice, whole

FIELDS = (
    Field("curve_maps", forms.maps("grad_cam,guided_backprop"), forms.maps, entries.write),
    Field("superpixel", 28, forms.side),
    Field("hidden_by", "black", choice("black", "blur", "mean", "drop")),
    Field("curve_score", "probability", choice("probability", "logit")),
    Field("curve_over", "one", choice("one", "set")),
    Field("curve_map", 0, forms.tile),
    Field("step", 25, whole(0, 100)),
)
