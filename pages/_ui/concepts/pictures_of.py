"""The pictures in which concepts are found: the page's own first, then the samples or a folder."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core import concepts
from xai_core.escaping import in_markdown
from xai_core.inputs.samples import load_sample

from .. import state
from ..sets import made_for
from ..state import visitors
from ..state.subject import Subject
from ..widgets import choose

SETS = {"this": "This picture", "samples": "With the samples", "folder": "With a folder"}
MOST = 40  # pictures of a folder


def choose_set() -> None:
    """The set, and the folder where that is chosen."""
    kind = choose.one_of("Pictures", visitors.offered(SETS), "concepts_in")
    if kind == "folder":
        place = st.text_input("Folder on the machine that runs the app", key=state.bind("labelled"))
        state.keep("labelled", place.strip())


def chosen(subject: Subject) -> list[xai.ImageInput] | None:
    """The pictures, the page's own first, or None with the reason on the page."""
    kind = state.get("concepts_in")
    others: list[xai.ImageInput] = []
    if kind == "samples":
        others = _samples(subject.model)
    if kind == "folder":
        found = folder()
        if found is None:
            return None
        others = found
    return [subject.image, *(one for one in others if one.sha256 != subject.image.sha256)]


def _samples(model: str) -> list[xai.ImageInput]:
    if made_for.drawn(model):
        return [load_sample(key) for key in made_for.samples()]
    return [load_sample(key) for key, sample in xai.samples().items() if sample.package]


def folder() -> list[xai.ImageInput] | None:
    """The first pictures of the folder that the visitor named, or None with the reason on the page."""
    named = state.get("labelled")
    if not named:
        st.info("Name a folder of pictures.")
        return None
    try:
        where = visitors.place(named)
        if visitors.leads_out(where):
            raise xai.InputError(f"The folder {named!r} has links that lead out of what visitors may name.")
        return list(concepts.folder(where, MOST))
    except xai.InputError as error:
        st.error(in_markdown(visitors.without_root(str(error))))
        return None
