"""Which pictures a network was made for: photographs, or the drawn shapes that two networks know."""

from __future__ import annotations

from xai_core.inputs import shapes
from xai_core.models import find_model

from .. import state
from ..state import visitors

NUMBERS = (36, 12, 20, 15, 47)  # of the drawn pictures that are offered first
PHOTOGRAPHS = {
    "answers_of": ("corruptions", "mosaics", "cifar10", "folder"),
    "boxes_of": ("mosaics", "folder"),
    "checked_on": ("mosaics", "folder"),
    "probing": ("samples", "folder"),
    "searched": ("corruptions", "cifar10", "folder"),
}
DRAWN = {
    "answers_of": ("shapes", "shape_pairs", "folder"),
    "boxes_of": ("shapes", "shape_pairs", "folder"),
    "checked_on": ("shapes", "shape_pairs", "folder"),
    "probing": ("shapes", "folder"),
    "searched": ("shapes", "folder"),
}


def drawn(model: str) -> bool:
    """Whether the network was made for drawn shapes."""
    return find_model(model).pictures == "shapes"


def samples() -> list[str]:
    """The keys of ten drawn pictures, first those with two shapes that have a class."""
    return [shapes.key_of(number, objects) for objects in (2, 1) for number in NUMBERS]


def sources(model: str, field: str) -> tuple[str, ...]:
    """The sets of pictures that the network is offered where `field` chooses one."""
    kinds = (DRAWN if drawn(model) else PHOTOGRAPHS)[field]
    return tuple(visitors.offered({kind: kind for kind in kinds}))


def source(model: str, field: str) -> str:
    """The set that is chosen with `field`, or the first one that the network is offered."""
    offered = sources(model, field)
    return state.get(field) if state.get(field) in offered else offered[0]
