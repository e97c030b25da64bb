"""Presets: the classic figures and comparisons, one click each."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from .. import state
from ..state.shared import AUTO


@dataclass(frozen=True)
class Preset:
    """A name, one line of help, and the fields it sets."""

    name: str
    about: str
    fields: dict[str, object]

    def apply(self) -> None:
        """Set the fields; the picture and its classes stay."""
        state.put(**self.fields)

    def chosen(self) -> bool:
        """Whether the page shows exactly this."""
        return all(state.get(key) == value for key, value in self.fields.items() if value != AUTO)


def head(title: str, presets: tuple[Preset, ...]) -> None:
    """The page's title over its presets: one button each, the one that is shown marked."""
    st.title(title)
    with st.container(horizontal=True, gap="small", key="presets"):
        for number, preset in enumerate(presets):
            kind = "primary" if preset.chosen() else "secondary"
            st.button(
                preset.name, key=f"preset-{number}", type=kind, help=preset.about, on_click=preset.apply
            )
