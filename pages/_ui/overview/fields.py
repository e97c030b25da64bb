"""What a visitor can choose on Overview."""

from __future__ import annotations

from ..state import forms
from ..state.fields import Field, flag, on_off

FIELDS = (
    Field("method", "grad_cam", forms.method),
    Field("layer", "", str),
    Field("settings", "", str),
    Field("opened", False, flag, on_off),
)
