"""What a visitor can choose on Trust study."""

from __future__ import annotations

from ..state import forms, visitors
from ..state.fields import Field, flag, joined, on_off, whole
from ..state.shared import DEFAULT_MODEL

FIELDS = (
    Field("judged", (DEFAULT_MODEL, "efficientnet_lite2"), forms.pair, joined),
    Field("judged_by", ("grad_cam", "guided_backprop"), forms.methods, joined),
    Field("judged_on", "samples", visitors.set_of("samples", "corruptions", "folder", "upload")),
    Field("questions", 8, whole(1, 200)),
    Field("guess_first", False, flag, on_off),
    Field("study_seed", 0, forms.index),
    Field("days", 30, whole(1, 365)),
    *(Field(key, "", str) for key in ("take", "me", "results")),
)
