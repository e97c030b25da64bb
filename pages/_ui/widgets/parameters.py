"""A method's parameters as widgets, drawn from what the method declares about itself."""

from __future__ import annotations

from typing import Any

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.parameters import Param

from .. import state
from ..state.entries import LIMIT, Entry
from ..state.subject import Subject
from .layers import layer_keys, layer_label
from .methods import menu


def edit(entry: Entry, key: str, elsewhere: tuple[str, ...] = ("contrast",)) -> Entry:
    """Widgets for the parameters of the map, and the map as they now say. Those of `elsewhere` are left
    alone: they have their widgets in another place (classes are chosen in the sidebar)."""
    params = entry.spec.params
    values = {p.name: entry.params.get(p.name, p.default) for p in params}
    for param in params:
        if param.name in elsewhere or (param.name == "blur" and values["baseline"] != "blur"):
            continue
        values[param.name] = _widget(param, values[param.name], f"{key}.{param.name}")
    if "window" in values:  # a step longer than the window would leave gaps
        values["stride"] = min(values["stride"], values["window"])
    return entry.differing(values)


def choose_layer(subject: Subject, entry: Entry, key: str) -> Entry:
    """A layer for a method that looks at one."""
    spec = xai.METHODS[entry.method]
    if not spec.takes_layer:
        return entry
    by_key = {layer.key: layer for layer in subject.handle.layers}
    home = subject.handle.layer(None).key
    options = layer_keys(subject.handle)
    now = subject.handle.layer(entry.layer or None).key
    chosen = st.selectbox(
        "Layer",
        options,
        index=options.index(now),
        key=f"{key}.layer",
        format_func=lambda name: layer_label(by_key[name]),
    )
    return Entry(entry.method, "" if chosen == home else chosen, entry.params)


def title(param: Param) -> str:
    """A parameter's name for people."""
    return param.label or param.name.replace("_", " ").capitalize()


def _widget(param: Param, value: Any, key: str) -> Any:
    name = title(param)
    shared = {"key": key, "help": param.help}
    if param.kind == "bool":
        return st.toggle(in_markdown(name), value=value, **shared)
    if param.kind == "choice":
        return st.selectbox(in_markdown(name), param.choices, index=param.choices.index(value), **shared)
    kind = int if param.kind == "int" else float
    limits = {"min_value": kind(param.low), "max_value": kind(param.high), "step": kind(param.step)}
    return st.number_input(in_markdown(name), value=kind(value), **limits, **shared)


def choose_maps(
    handle: xai.ModelHandle, field: str, offered: list[str] | None = None, label: str = "Maps"
) -> tuple[Entry, ...]:
    """Several maps at their defaults, or as a preset or a link set them, kept in `field`."""
    now = {entry.method: entry for entry in state.get(field)}
    listed = menu(handle, offered, lambda key: now.get(key, Entry(key)).label())
    options = listed.options
    widget = f"w.{field}.methods"
    if widget not in st.session_state or st.session_state.get(f"{widget}.of") != state.get(field):
        st.session_state[widget] = [method for method in now if method in options]
    chosen = st.multiselect(
        in_markdown(label),
        options,
        key=widget,
        width=520,
        select_all=False,
        max_selections=LIMIT,
        format_func=listed.label,
        help=listed.help,
    )
    found = tuple(now.get(method, Entry(method)) for method in chosen)
    st.session_state[f"{widget}.of"] = found
    return state.keep(field, found)
