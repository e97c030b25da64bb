"""The method of Overview, its layer and its parameters."""

from __future__ import annotations

import streamlit as st

import xai_core as xai

from .. import state
from ..results import following
from ..state.entries import Entry, read, write
from ..state.subject import Subject
from ..widgets import families, layers, methods, parameters

ELSEWHERE = ("contrast", "relu", "counterfactual")  # parameters that are not among a method's settings here


def choose(subject: Subject) -> tuple[Entry, str]:
    """The widgets in a row, and what is chosen: the method with its parameters, and the layer's key. Who is
    led by a presenter sees no widgets."""
    known = layers.resolve_layers(subject.handle, tuple(filter(None, [state.get("layer")])))
    state.put_quietly("layer", known[0] if known else "")
    if following.led():
        return _entry(chosen(subject)), state.get("layer")
    listed, now = methods.menu(subject.handle), chosen(subject)
    options = families.few(listed, (now, methods.usual(subject.handle)))
    method = st.selectbox(
        "Method",
        options,
        options.index(now),
        key=f"overview-method-{subject.model}-{now}",
        format_func=listed.label,
        help=listed.help,
        on_change=state.put,
        kwargs={"settings": ""},
        width=240,
    )
    families.browse(listed, (now,), _pick, "overview-methods")
    state.put_quietly("method", "" if method == methods.usual(subject.handle) else method)
    if xai.METHODS[method].takes_layer:
        with st.container(width=230):
            layers.choose_layer(subject.handle, "layer")
    if any(param.name == "relu" for param in xai.METHODS[method].params):
        relu = st.toggle("ReLU", key=state.bind("relu"), help="Keep only what raises the score.")
        state.keep("relu", relu)
    entry = _entry(method)
    _settings(subject, entry)
    return entry, state.get("layer")


def _pick(method: str) -> None:
    """Another method, at its defaults; the list closes."""
    state.put(method=method, settings="")
    st.session_state["overview-methods.open"] = False


def chosen(subject: Subject) -> str:
    """The method: the network's usual one, unless another was chosen."""
    return state.get("method") or methods.usual(subject.handle)


def _entry(method: str) -> Entry:
    """The method with its parameters; those of a link that it does not have are said and left out."""
    settings = state.get("settings")
    try:
        return read(f"{method}~{settings}" if settings else method)[0]
    except ValueError as error:
        state.complain(f"The link asks for the settings {settings!r}. {error}")
    state.put(settings="")
    return Entry(method)


def _settings(subject: Subject, entry: Entry) -> None:
    """The method's own parameters, folded away."""
    if all(param.name in ELSEWHERE for param in xai.METHODS[entry.method].params):
        return
    with st.popover("Settings", type="tertiary", icon=":material/tune:"):
        edited = parameters.edit(subject.handle, entry, f"settings.{write((entry,))}", ELSEWHERE)
    if edited != entry:
        state.put(settings=write((edited,)).partition("~")[2])
        st.rerun()
