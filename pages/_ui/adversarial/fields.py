"""What a visitor can choose on Adversarial."""

from __future__ import annotations

from ..state import entries, forms
from ..state.fields import Field, choice, joined
from ..state.shared import AUTO

FIELDS = (
    Field("attack", entries.Entry("pgd"), forms.attack, forms.one),
    Field("towards", AUTO, forms.index),
    Field("seed", 0, forms.index),
    Field("attack_part", "picture", choice("picture", "strength", "pixel"), address="study"),
    Field("over", "one", choice("one", "set")),
    Field("attacked_maps", ("grad_cam", "layer_cam"), forms.methods, joined),
    Field("attacked_tile", AUTO, forms.tile),
    Field("measure", "rank", choice("rank", "iou", "distance")),
    Field("attacked_models", (), forms.models, joined),
)
