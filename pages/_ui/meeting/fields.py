"""What a visitor can choose on Live meeting."""

from __future__ import annotations

from ..state import forms
from ..state.fields import Field

FIELDS = (Field("guessed_by", "grad_cam", forms.method),)
