"""Presets: the classic figures and comparisons, one click each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.models import find_model

from .. import state
from ..results import following
from ..state.shared import AUTO


def _picture(key: str) -> str:
    return " + ".join(xai.samples()[part].label for part in key.split("+"))


def _network(key: str) -> str:
    return find_model(key).label


# fields of a preset that change what a visitor looks at, and how their values are called
TAKEN: dict[str, tuple[str, Callable[[str], str]]] = {
    "image": ("picture", _picture),
    "model": ("network", _network),
}


@dataclass(frozen=True)
class Preset:
    """A name, one line of help, and the fields it sets."""

    name: str
    about: str
    fields: dict[str, object]

    def apply(self) -> None:
        """Set the fields; what is not among them stays."""
        state.put(**self.fields)

    def help(self) -> str:
        """What it shows, and what it takes in place of what was chosen: a picture or a network."""
        taken = {
            name: called(str(self.fields[key])) for key, (name, called) in TAKEN.items() if key in self.fields
        }
        listed = " and ".join(f"the {name} {value}" for name, value in taken.items())
        return f"{self.about} Takes {listed}." if taken else self.about

    def chosen(self) -> bool:
        """Whether the page shows exactly this."""
        return all(state.get(key) == value for key, value in self.fields.items() if value != AUTO)


def head(title: str, presets: tuple[Preset, ...]) -> None:
    """The page's title over its presets: one button each, the one that is shown marked. Who is led by a
    presenter has nothing to choose, and sees the page sooner."""
    st.title(in_markdown(title))
    if following.led():
        return
    with st.container(horizontal=True, gap="small", key="presets"):
        for number, preset in enumerate(presets):
            kind = "primary" if preset.chosen() else "secondary"
            st.button(
                in_markdown(preset.name),
                key=f"preset-{number}",
                type=kind,
                help=in_markdown(preset.help()),
                on_click=preset.apply,
            )
