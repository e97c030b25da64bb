"""Which cases run in which lane (CONTRIBUTING.md, "Tests").

A test without a mark runs in the core lane. `peers` marks what compares with whole libraries, with every
network, at all sizes, or while processes are killed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest


def core_and_peers(cases: Sequence[Any], core: int | Collection[Any] = 1) -> list[Any]:
    """The parameters `cases`; the first `core` of them, or those in `core`, run in the core lane, the others
    in the lane of the peers. A case of several values is a tuple."""
    chosen = cases[:core] if isinstance(core, int) else core
    return [case if case in chosen else _in_peers(case) for case in cases]


def _in_peers(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.peers)
