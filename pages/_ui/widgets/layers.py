"""Choosing layers of a network."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown

from .. import state


def choose_layer(handle: xai.ModelHandle, field: str) -> str:
    """A layer to choose: the suggested ones first, then every other in the order of the network."""
    by_key = {spec.key: spec for spec in handle.layers}
    options, home = layer_keys(handle), handle.layer(None).key
    st.session_state[f"w.{field}"] = state.get(field) or home
    chosen = st.selectbox(
        "Layer",
        options,
        key=f"w.{field}",
        format_func=lambda key: layer_label(by_key[key]),
        help=in_markdown(
            " ".join(filter(None, ["The last layer of each stage comes first.", handle.layer_note]))
        ),
        on_change=_take_layer,
        args=(field, home),
    )
    _take_layer(field, home)
    return chosen


def _take_layer(field: str, home: str) -> None:
    chosen = state.of_widget(f"w.{field}", home)
    state.keep(field, "" if chosen == home else chosen)


def resolve_layers(handle: xai.ModelHandle, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The layers among `keys` that this model has, under their own names; the others are complained about."""
    found = []
    for key in keys:
        try:
            found.append(handle.layer(key).key)
        except xai.InputError as error:
            state.complain(str(error))
    return tuple(dict.fromkeys(found))


def layer_keys(handle: xai.ModelHandle) -> list[str]:
    """Keys of all layers, the suggested ones first, deepest on top."""
    suggested = [spec.key for spec in reversed(handle.layers) if spec.suggested]
    return suggested + [spec.key for spec in handle.layers if not spec.suggested]


def layer_label(spec: xai.LayerSpec) -> str:
    """A layer with the size of its map, and a word where no patch of it reaches the answer."""
    size = f"{spec.key}, {spec.size[0]} × {spec.size[1]}"
    return size if spec.reached else f"{size}, no gradient"
