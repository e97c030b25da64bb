"""A map that is not here yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamlit.delta_generator import DeltaGenerator


@dataclass(eq=False)
class Waiting:
    """In place of a map: what its tile says, and the places on the page where it is to be drawn while it
    grows (`layout.blank` makes them)."""

    sentence: str = "Not computed yet"
    slots: list[DeltaGenerator] = field(default_factory=list)
