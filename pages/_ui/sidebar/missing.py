"""In place of a page: what is not on this machine, and a way on."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.models import find_model, weights_file, weights_folder

from .. import compute, state
from ..results import downloads, networks
from ..state.shared import DEFAULT_IMAGE, DEFAULT_MODEL


def weights(key: str) -> None:
    """The weights that are missing, their size, where to put them, and what to do instead."""
    spec = find_model(key)
    file = weights_file(spec)
    size = f"{file.size_mb:.0f} MB" if file.size_mb else ""
    st.subheader(f"{in_markdown(spec.label)} is not on this machine")
    named = file.filename + (f", {size}," if size else "")
    st.write(f"Put the file {in_markdown(named)} into {in_markdown(weights_folder())}, or download it.")
    if file.url:
        st.write("From another machine it can be fetched here:")
        st.code(file.url, language=None, wrap_lines=True)
    st.caption(
        "Gradient and perturbation methods apply to every network; class activation maps to those whose "
        "layers keep a grid of places, and Guided Backprop to those with ReLU-like activations. A map that "
        "does not apply says so in its tile."
    )
    try:
        fetched = compute.on_click(downloads.weights(key), f"Download {size}".rstrip(), "weights")
    except xai.WeightsMissing as error:
        st.error(in_markdown(error))
    else:
        if fetched is not None:
            networks.models_here.clear()
            st.rerun()
    st.button("Back to EfficientNet-Lite0", on_click=state.put, kwargs={"model": DEFAULT_MODEL})


def too_large(sentence: str) -> None:
    """A network that this server does not run, and what to do instead."""
    st.title("This network does not fit")
    st.write(in_markdown(sentence))
    st.button("Back to EfficientNet-Lite0", on_click=state.put, kwargs={"model": DEFAULT_MODEL})


def picture(sentence: str) -> None:
    """A picture that cannot be shown."""
    st.subheader("This picture is not here")
    st.write(in_markdown(sentence))
    st.button("Show a sample instead", on_click=state.put, kwargs={"image": DEFAULT_IMAGE})
