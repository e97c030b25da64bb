"""In place of a page: what is not on this machine, and a way on."""

from __future__ import annotations

import logging

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.models import WeightsFile, find_model, weights_file, weights_folder

from .. import compute, state
from ..results import downloads, networks
from ..state import visitors
from ..state.shared import DEFAULT_IMAGE, DEFAULT_MODEL


def weights(key: str) -> None:
    """The weights that are missing, their size, how to get them, and what to do instead. Where they belong is
    told at one person's own machine alone."""
    spec = find_model(key)
    file = weights_file(spec)
    size = f"{file.size_mb:.0f} MB" if file.size_mb else ""
    mine = visitors.one_person()
    st.title(f"{in_markdown(spec.label)} is not on this {'machine' if mine else 'server'}")
    if mine:
        _where(file, size)
    elif not file.url:
        st.write("It cannot be downloaded: no address of its weights is known.")
    else:
        named = f", {size}," if size else ""
        sentence = f"It can be downloaded{named} once for everybody who uses this server."
        st.write(in_markdown(sentence))
    st.caption(
        "Gradient and perturbation methods apply to every network; class activation maps to those whose "
        "layers keep a grid of places, and Guided Backprop to those with ReLU-like activations. A map that "
        "does not apply says so in its tile."
    )
    refused = downloads.refused(file.size_mb or 0.0)
    if refused:
        st.info(in_markdown(refused))
    elif mine or file.url:
        _download(key, size)
    _back()


def _where(file: WeightsFile, size: str) -> None:
    """Where the file belongs on one person's own machine, and where it can be fetched."""
    named = file.filename + (f", {size}," if size else "")
    st.write(f"Put the file {in_markdown(named)} into {in_markdown(weights_folder())}, or download it.")
    if file.url:
        st.write("From another machine it can be fetched here:")
        st.code(file.url, language=None, wrap_lines=True)


def _download(key: str, size: str) -> None:
    try:
        fetched = compute.on_click(downloads.weights(key), f"Download {size}".rstrip(), "weights")
    except xai.InputError as error:
        st.error(in_markdown(error))
    else:
        if fetched is not None:
            networks.models_here.clear()
            st.rerun()


def damaged(key: str, error: xai.InputError) -> None:
    """A model whose files are here and cannot be used. Strangers are not told where they lie."""
    label = find_model(key).label
    logging.getLogger(__name__).warning("%s cannot be loaded: %s", key, error)
    st.title(f"{in_markdown(label)} cannot be loaded")
    if visitors.one_person():
        st.write(in_markdown(error))
    else:
        st.write("Its file of weights is damaged, or belongs to another network. The server's log says more.")
    _back()


def _back() -> None:
    st.button("Back to EfficientNet-Lite0", on_click=state.put, kwargs={"model": DEFAULT_MODEL})


def too_large(sentence: str) -> None:
    """A network that this server does not run, and what to do instead."""
    st.title("This network does not fit")
    st.write(in_markdown(sentence))
    st.button("Back to EfficientNet-Lite0", on_click=state.put, kwargs={"model": DEFAULT_MODEL})


def picture(sentence: str) -> None:
    """A picture that cannot be shown."""
    st.title("This picture is not here")
    st.write(in_markdown(sentence))
    st.button("Show a sample instead", on_click=state.put, kwargs={"image": DEFAULT_IMAGE})
