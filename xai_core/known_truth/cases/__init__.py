"""The list of cases. A new case is one file with a CASE, and one line in this list."""

from __future__ import annotations

from ..case import Case
from . import class_blind, cnn_shapes, corner, gated, linear, saturated, unequal, uneven, vit_shapes, xor

_LIST = (
    linear.CASE,
    unequal.CASE,
    gated.CASE,
    xor.CASE,
    saturated.CASE,
    uneven.CASE,
    corner.CASE,
    class_blind.CASE,
    cnn_shapes.CASE,
    vit_shapes.CASE,
)


def registry(cases: tuple[Case, ...]) -> dict[str, Case]:
    """The cases by key, in order; raises ValueError if two share a key."""
    table: dict[str, Case] = {}
    for case in cases:
        if case.key in table:
            raise ValueError(f"Two cases have the key {case.key!r}.")
        table[case.key] = case
    return table


CASES: dict[str, Case] = registry(_LIST)
