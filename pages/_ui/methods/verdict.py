"""What the known-truth range says of a method, in one sentence, and the two cases that show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import xai_core as xai

if TYPE_CHECKING:
    from xai_core.known_truth import Row


def headline(rows: Sequence[Row]) -> str:
    """On how many of the networks that it can run on the method is right."""
    tried = [row for row in rows if row.error is not None]
    if not tried:
        return "It can run on none of the networks whose right attribution is known."
    right, limit = sum(row.passed for row in tried), round(100 * xai.known_truth.PASSED)
    tests = ", and the class test passed" if any(row.class_test is not None for row in tried) else ""
    return (
        f"{_count(right, len(tried))} whose right attribution is known. "
        f"Right is an error of at most {limit}\u00a0% of the truth{tests}."
    )


def _count(right: int, tried: int) -> str:
    if tried == 1:
        return f"{'Right' if right else 'Wrong'} on the one network that it can run on"
    if right in (0, tried):
        return f"{'Right' if right else 'Wrong'} on all {tried} networks"
    return f"Right on {right} of {tried} networks"


def ends(rows: Sequence[Row]) -> tuple[Row | None, Row | None]:
    """The case with the smallest error among those that the method passes, and the one with the largest among
    those that it fails; None where it has none of the kind. Of equal ones, the first."""
    passed = [row for row in rows if row.error is not None and row.passed]
    failed = [row for row in rows if row.error is not None and not row.passed]
    best = min(passed, key=lambda row: row.error or 0.0, default=None)
    worst = max(failed, key=lambda row: row.error or 0.0, default=None)
    return best, worst
