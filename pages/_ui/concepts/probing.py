"""What units are shown and by what they are named, as the network at hand allows it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

import xai_core as xai
from xai_core import concepts
from xai_core.escaping import in_markdown

from .. import state
from ..sets import made_for
from ..state import visitors

SETS = {"samples": "Samples, cropped", "shapes": "Drawn shapes", "folder": "Folder"}
BACKENDS = {"conse": "Things (ConSE)", "network_dissection": "Colours and textures", "openclip": "CLIP"}
MASKS = "network_dissection"
SHAPES = "Shapes"  # what the masks are of, where the pictures are drawn


@dataclass(frozen=True, eq=False)
class Probing:
    """The pictures, where they are from, the back end, and the concepts that it chooses from (None: its
    own)."""

    images: concepts.ProbingSet
    source: str
    backend: str
    concepts: tuple[str, ...] | None = None

    @property
    def drawn(self) -> bool:
        """Whether the pictures are drawings."""
        return self.source == "shapes"

    @property
    def by_masks(self) -> bool:
        """Whether a name is an overlap with masks."""
        return self.backend == MASKS

    @property
    def named_by(self) -> str:
        """The back end as a person reads it."""
        return SHAPES if self.by_masks and self.drawn else BACKENDS[self.backend]

    @property
    def key(self) -> tuple[object, ...]:
        """What stands for it in the key of a result."""
        place: tuple[object, ...] = (self.source,)
        if self.source == "folder":
            folder = visitors.place(state.get("labelled"))
            place = str(folder), len(self.images), folder.stat().st_mtime_ns
        return self.backend, self.concepts, place


def sources(model: str) -> dict[str, str]:
    """The sets that a network is offered: photographs, or drawings for one that knows nothing else."""
    return {key: SETS[key] for key in made_for.sources(model, "probing")}


def backends(model: str) -> dict[str, str]:
    """The back ends that a network is offered. ConSE names what a network of photographs sees in a picture,
    which is nothing in a drawing."""
    if not made_for.drawn(model):
        return BACKENDS
    masks = SHAPES if made_for.source(model, "probing") == "shapes" else BACKENDS[MASKS]
    return {MASKS: masks, "openclip": BACKENDS["openclip"]}


def backend(model: str) -> str:
    """The back end that is chosen, or the first one that the network is offered."""
    offered = backends(model)
    return state.get("backend") if state.get("backend") in offered else next(iter(offered))


def settle(model: str) -> None:
    """Put what the network is offered in the place of what it is not."""
    state.put_quietly("probing", made_for.source(model, "probing"))
    state.put_quietly("backend", backend(model))


def chosen(model: str) -> Probing | None:
    """The set and the back end, or None, with the reason on the page."""
    source, named_by = made_for.source(model, "probing"), backend(model)
    if source == "samples":
        return Probing(concepts.embedded(), source, named_by)
    if source == "shapes":
        return Probing(concepts.drawn(), source, named_by, concepts.SHAPES if named_by == MASKS else None)
    place = state.get("labelled")
    if not place:
        st.info("Name a folder of pictures.")
        return None
    try:
        where = visitors.place(place)
        if visitors.leads_out(where):
            raise xai.InputError(f"The folder {place!r} has links that lead out of what visitors may name.")
        return Probing(concepts.folder(where, state.get("limit") or None), source, named_by)
    except xai.InputError as error:
        st.error(in_markdown(visitors.without_root(str(error))))
        return None
