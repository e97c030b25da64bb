"""What a visitor can choose on Clever Hans."""

from __future__ import annotations

from xai_core.metrics.fillers import FILLS

from ..state import entries, forms, visitors
from ..state.fields import Field, choice, whole

SIDES = (15, 20, 25, 30)  # per cent of the picture's side


def side(text: str) -> int:
    found = whole(SIDES[0], SIDES[-1])(text)
    if found not in SIDES:
        raise ValueError(f"Accepted are {', '.join(map(str, SIDES))}.")
    return found


FIELDS = (
    Field("searched", "corruptions", visitors.set_of("corruptions", "cifar10", "folder", "shapes")),
    Field("hans_map", entries.Entry("grad_cam"), forms.entry, forms.one),
    Field("hans_side", 25, side),
    Field("hans_fill", "grey", choice(*FILLS)),
    Field("hans_class", 0, forms.tile),
    Field("hans_cluster", 0, forms.tile),
    Field("picked", (), forms.numbers, forms.dotted),
)
