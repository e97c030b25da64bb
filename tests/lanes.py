"""Which cases run in which lane (CONTRIBUTING.md, "Tests").

A test without a mark runs in the core lane. `peers` marks what compares with whole libraries, with every
network, at all sizes, or while processes are killed; `networks` every page and method with whole
transformers and unusual networks; `hostile` what visitors of a public server may send (tests/hostile)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest


def core_and_peers(cases: Sequence[Any], core: int | Collection[Any] = 1) -> list[Any]:
    """The parameters `cases`; the first `core` of them, or those in `core`, run in the core lane, the others
    in the lane of the peers. A case of several values is a tuple."""
    return _core_and(pytest.mark.peers, cases, core)


def core_and_networks(cases: Sequence[Any], core: int | Collection[Any] = 1) -> list[Any]:
    """The same with the lane of the networks."""
    return _core_and(pytest.mark.networks, cases, core)


def _core_and(mark: pytest.MarkDecorator, cases: Sequence[Any], core: int | Collection[Any]) -> list[Any]:
    chosen = cases[:core] if isinstance(core, int) else core
    return [case if case in chosen else _in_lane(mark, case) for case in cases]


def _in_lane(mark: pytest.MarkDecorator, case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=mark)
