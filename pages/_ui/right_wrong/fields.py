"""What a visitor can choose on Right and wrong."""

from __future__ import annotations

from ..state import entries, forms, visitors
from ..state.fields import Field, choice, whole
from ..state.shared import AUTO

SETS = ("corruptions", "mosaics", "cifar10", "folder", "shapes", "shape_pairs")
FIELDS = (
    Field("answers_of", "corruptions", visitors.set_of(*SETS)),
    Field("right_map", entries.Entry("grad_cam"), forms.entry, forms.one),
    Field("cell", (), forms.numbers, forms.dotted),
    Field("pairs", "mistakes", choice("mistakes", "all")),
    Field("shown", 5, whole(1, 10)),
    Field("surest", "most", choice("most", "least")),
    Field("right_tile", AUTO, forms.tile),
)
