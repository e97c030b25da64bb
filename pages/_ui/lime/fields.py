"""What a visitor can choose on LIME and CAM."""

from __future__ import annotations

from ..state import entries, forms
from ..state.fields import Field, choice, whole

FIELDS = (
    Field("part", "picture", choice("picture", "set", "stability")),
    Field("lime", entries.Entry("lime").differing({"samples": 100, "segments": 30}), forms.lime, forms.one),
    Field("seeds", 4, whole(2, 12)),
    Field("complexity", "edges", choice("edges", "entropy", "regions")),
)
