"""What a visitor can choose on Overview."""

from __future__ import annotations

from ..state import forms
from ..state.fields import Field, choice

FIELDS = (
    Field("method", "", forms.method),  # "": the usual one of the network
    Field("layer", "", str),
    Field("settings", "", str),
    Field("opened", "", choice("on", "versus")),  # the map of the class, or of the one beside it
)
