"""What a visitor can choose on Trust check."""

from __future__ import annotations

from ..state import entries, forms
from ..state.fields import Field, choice, whole
from ..state.shared import AUTO

FIELDS = (
    Field("check", "badges", choice("badges", "layers", "scatter", "seeds", "measures")),
    Field("trust_maps", forms.maps("grad_cam,layer_cam,guided_backprop,gradient"), forms.maps, entries.write),
    Field("cascading", "cascading", choice("cascading", "independent")),
    Field("alike", "rank", choice("rank", "ssim")),
    Field("trust_seeds", 3, whole(2, 8)),
    Field(
        "seed_maps",
        forms.maps("smooth_grad~samples=10,kernel_shap~samples=100~segments=20"),
        forms.maps,
        entries.write,
    ),
    Field("trust_tile", AUTO, forms.tile),
)
