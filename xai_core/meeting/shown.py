"""What a meeting gives out: its two ways in, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .marks import Mark


@dataclass(frozen=True)
class Keys:
    """The two ways into a meeting, which are known to nobody else: the code to follow, and the key to
    present."""

    code: str
    presenter_key: str


@dataclass(frozen=True)
class Now:
    """What a meeting shows. `moves` grows with each move of the presenter; `query` is the address of the view
    by the names of its fields; `mark` is what the presenter points at."""

    moves: int
    page: str
    query: Mapping[str, str]
    mark: Mark | None
    ended: bool
