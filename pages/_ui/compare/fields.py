"""What a visitor can choose on Compare methods."""

from __future__ import annotations

from ..state import entries, forms
from ..state.fields import Field
from ..state.shared import AUTO

FIELDS = (
    Field("maps", forms.maps("grad_cam,guided_backprop,guided_grad_cam"), forms.maps, entries.write),
    Field("opened_map", AUTO, forms.tile),
)
