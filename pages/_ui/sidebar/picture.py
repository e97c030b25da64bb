"""The picture in the sidebar: a sample, a photograph, a mosaic or an upload, and how it is fitted."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.inputs import shapes

from .. import state
from ..results import carried, pictures
from ..results.carried import Carried
from ..sets import made_for
from ..state.shared import AUTO
from ..widgets import choose, layout
from . import chip, own

ATTACKED_FIT = "An attacked picture is what the network saw, so it is not fitted again."
KINDS = ("Samples", "Mosaic", "Upload")
FIT_HELP = (
    "Crop: the model's own centre crop. Squash: the whole picture, out of shape. "
    "Pad: the whole picture, with bars."
)


def choose_picture(drawn: bool = False) -> xai.ImageInput | str:
    """The chosen picture, or the sentence that says why it cannot be shown. `drawn`: the samples are drawn
    shapes instead of photographs."""
    key = state.get("image")
    st.session_state.setdefault("w.kind", _kind(key))
    if st.session_state.get("_kind_of") != key:  # a preset, a link or a click chose a picture of another kind
        st.session_state["_kind_of"] = key
        st.session_state["w.kind"] = _kind(key)
    kinds = ("Samples", "Upload") if drawn else KINDS
    if st.session_state["w.kind"] not in kinds:
        st.session_state["w.kind"] = kinds[0]
    kind = st.segmented_control("Image", kinds, key="w.kind", required=True, width="stretch")
    samples = _drawn if drawn else _samples
    {"Samples": samples, "Mosaic": _mosaic, "Upload": own.upload}[kind or _kind(key)]()
    own.shelf()
    found = _find(state.get("image"))
    made = found.made if isinstance(found, Carried) else ""
    if isinstance(found, Carried):
        _said(found)
    fits = {fit: fit.capitalize() for fit in xai.types.FITS}
    text = ATTACKED_FIT if made else FIT_HELP
    choose.one_of("Fit", fits, "fit", width="stretch", help=text, disabled=bool(made))
    image = _fitted(found)
    for note in image.notes if isinstance(image, xai.ImageInput) else ():
        st.caption(in_markdown(note))
    return image


def picture() -> xai.ImageInput | str:
    """The picture of the state, fitted as it says there, or the sentence that says why it cannot be shown."""
    return _fitted(_find(state.get("image")))


def _fitted(found: Carried | str | None) -> xai.ImageInput | str:
    fit = state.get("fit")
    return found.fitted(fit) if isinstance(found, Carried) else found or _sample(fit)


def _said(found: Carried) -> None:
    """Where a picture comes from that is not in the tray, and what was done to it."""
    if found.source:
        layout.note(f"{found.image.name} · {found.source}")
    if found.made:
        chip.attacked(found)


def _kind(key: str) -> str:
    if carried.is_carried(key):
        return "Upload"
    return "Mosaic" if "+" in key else "Samples"


def _find(key: str) -> Carried | str | None:
    """The picture of that key, or the sentence that says why it is not here; None for a sample."""
    if not carried.is_carried(key):
        return None
    try:
        return carried.find(key)
    except xai.InputError as error:
        return str(error)


def _sample(fit: str) -> xai.ImageInput | str:
    try:
        return pictures.sample(state.get("image"), fit)
    except xai.InputError as error:
        return str(error)


def _samples() -> None:
    _tiles({key: sample.label for key, sample in xai.samples().items() if sample.package})
    _photographs()


def _tiles(labels: dict[str, str]) -> None:
    """Small pictures in rows of five, each a button that shows it."""
    keys = list(labels)
    for start in range(0, len(keys), 5):
        for column, key in zip(st.columns(5, gap="xxsmall"), keys[start : start + 5], strict=False):
            with column:
                args = {"chosen": key == state.get("image")}
                layout.pick(f"sample-{key}", pictures.thumbnail(key), labels[key], _choose, (key,), **args)


def _drawn() -> None:
    """Five drawn pictures with two shapes that have a class, five with one, and the next one."""
    keys = made_for.samples()
    _tiles({key: pictures.sample(key, "crop").name for key in keys})
    current = state.get("image")
    following = shapes.next_key(current) if shapes.is_key(current) else keys[0]
    st.button("Draw another", icon=":material/casino:", type="tertiary", on_click=_choose, args=(following,))
    layout.note("Only a filled shape has a class. The outlines tell nothing about it.")


def _choose(key: str) -> None:
    """A new picture starts with its own predicted class."""
    state.put(image=key, target=AUTO, versus=AUTO)


def _photographs() -> None:
    keys = [key for key, sample in xai.samples().items() if not sample.package]
    current = state.get("image")

    def label(key: str) -> str:
        return xai.samples()[key].label + ("" if pictures.sample_is_here(key) else ", to be fetched")

    index = keys.index(current) if current in keys else None
    chosen = st.selectbox(
        "Photograph",
        keys,
        index=index,
        format_func=label,
        placeholder="Ten photographs of ImageNet",
        label_visibility="collapsed",
    )
    if chosen is not None and chosen != current:
        _choose(chosen)
        st.rerun()


def _mosaic() -> None:
    keys = [key for key, sample in xai.samples().items() if sample.package or pictures.sample_is_here(key)]
    current = state.get("image")
    chosen = st.multiselect(
        "Two or four pictures",
        keys,
        default=current.split("+") if "+" in current else ["chelsea", "coffee"],
        format_func=lambda key: xai.samples()[key].label,
        max_selections=4,
        label_visibility="collapsed",
    )
    if len(chosen) not in (2, 4):
        st.caption("Choose two or four pictures.")
    elif "+".join(chosen) != current:
        _choose("+".join(chosen))
        st.rerun()
