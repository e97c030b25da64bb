"""What a visitor can choose on Methods."""

from __future__ import annotations

from ..state import forms
from ..state.fields import Field, joined
from . import filters

FIELDS = (
    Field("card", "", forms.method, address="method"),  # "": the table of all methods
    Field("card_search", "", str, address="search"),
    Field("card_only", (), filters.read, joined, address="only"),
)
