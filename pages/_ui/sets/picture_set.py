"""Several pictures to choose: the samples, uploads, or a folder's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.inputs.images import pictures_in

from .. import state
from ..results import pictures
from ..results.pictures import MAX_MB
from ..state import visitors
from ..widgets import choose
from . import made_for

SETS = {"samples": "Samples", "upload": "Upload", "folder": "Folder"}


def choose_set(fit: str) -> list[tuple[str, xai.ImageInput]]:
    """Several pictures by name: the samples that are on this machine, uploaded ones, or those of a folder."""
    kind = choose.one_of("Pictures", visitors.offered(SETS), "set")
    return {"samples": _sample_set, "upload": _uploaded_set, "folder": _folder_set}[kind](fit)


def _sample_set(fit: str) -> list[tuple[str, xai.ImageInput]]:
    if made_for.drawn(state.get("model")):
        drawn = [pictures.sample(key, fit) for key in made_for.samples()]
        return [(image.name, image) for image in drawn]
    keys = [key for key, sample in xai.samples().items() if sample.package or pictures.sample_is_here(key)]
    return [(xai.samples()[key].label, pictures.sample(key, fit)) for key in keys]


def _uploaded_set(fit: str) -> list[tuple[str, xai.ImageInput]]:
    files = st.file_uploader(
        "Pictures", accept_multiple_files=True, label_visibility="collapsed", max_upload_size=MAX_MB
    )
    return _loaded(
        (file.name, lambda file=file: pictures.from_upload(file.file_id, file.getvalue(), fit, file.name))
        for file in files
    )


def _folder_set(fit: str) -> list[tuple[str, xai.ImageInput]]:
    folder = st.text_input("Folder on the machine that runs the app", key=state.bind("folder"))
    state.keep("folder", folder)
    if not folder:
        return []
    try:
        files = [file for file in pictures_in(visitors.place(folder)) if visitors.inside([file])]
    except xai.InputError as error:
        st.error(in_markdown(visitors.without_root(str(error))))
        return []
    return _loaded((file.stem, lambda file=file: pictures.from_file(file, fit, file.stem)) for file in files)


def _loaded(files: Iterable[tuple[str, Callable[[], xai.ImageInput]]]) -> list[tuple[str, xai.ImageInput]]:
    """Those that can be read; the others are named."""
    found = []
    for name, read in files:
        try:
            found.append((name, read()))
        except xai.InputError as error:
            st.error(in_markdown(error))
    return found
