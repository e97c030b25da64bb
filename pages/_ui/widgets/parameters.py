"""A method's parameters as widgets, drawn from what the method declares about itself."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.parameters import Param

from .. import state
from ..state.entries import LIMIT, Entry
from ..state.subject import Subject
from . import families, fitting
from .layers import layer_keys, layer_label
from .methods import choices, menu


def edit(
    handle: xai.ModelHandle, entry: Entry, key: str, elsewhere: tuple[str, ...] = ("contrast",)
) -> Entry:
    """Widgets for the parameters of the map, and the map as they now say. Those of `elsewhere` are left
    alone: they have their widgets in another place (classes are chosen in the sidebar)."""
    params = entry.spec.params
    values = {p.name: entry.params.get(p.name, p.default) for p in params}
    if "baseline" in values:  # what it was just set to counts for the widgets above it too
        values["baseline"] = st.session_state.get(f"{key}.baseline", values["baseline"])
        values = fitting.fitted(handle, values)
    for param in params:
        if param.name in elsewhere or not fitting.matters(param.name, values):
            continue
        bound = fitting.bound(param.name, values)
        name = f"{key}.{param.name}" + (".bound" if bound else "")
        values[param.name] = _widget(handle, entry, param, values[param.name], name, bound)
    return entry.differing(fitting.fitted(handle, values))


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


def _widget(handle: xai.ModelHandle, entry: Entry, param: Param, value: Any, key: str, bound: bool) -> Any:
    """The parameter's widget; `bound` says that a choice is settled by another parameter."""
    name = title(param)
    shared = {"key": key, "help": param.help}
    if param.kind == "bool":
        return st.toggle(in_markdown(name), value=value, **shared)
    if param.kind == "choice":
        listed = choices(handle, entry.method, param)
        shared["help"] = "  \n".join(filter(None, [param.help, listed.help]))
        place = listed.options.index(value)
        return st.selectbox(
            in_markdown(name), listed.options, index=place, format_func=listed.label, disabled=bound, **shared
        )
    kind = int if param.kind == "int" else float
    limits = {"min_value": kind(param.low), "max_value": kind(param.high), "step": kind(param.step)}
    return st.number_input(in_markdown(name), value=kind(value), **limits, **shared)


def choose_map(subject: Subject, field: str) -> Entry:
    """The one map of a field, at its defaults where another method was chosen just now."""
    now = state.get(field)
    listed = menu(subject.handle, label=lambda key: (now if key == now.method else Entry(key)).label())
    options = families.few(listed, (now.method,))
    method = st.selectbox(
        "Map",
        options,
        options.index(now.method),
        key=f"{field}-{now.method}-{subject.model}",
        format_func=listed.label,
        help=listed.help,
        width=260,
    )
    families.browse(listed, (now.method,), partial(_pick, field), f"{field}.methods")
    return now if method == now.method else Entry(method)


def _pick(field: str, method: str) -> None:
    """Another map, at its defaults; the list closes."""
    state.put(**{field: Entry(method)})
    st.session_state[f"{field}.methods.open"] = False


def choose_maps(
    handle: xai.ModelHandle, field: str, offered: list[str] | None = None, label: str = "Maps"
) -> tuple[Entry, ...]:
    """Several maps at their defaults, or as a preset or a link set them, kept in `field`."""
    now = {entry.method: entry for entry in state.get(field)}
    listed = menu(handle, offered, lambda key: now.get(key, Entry(key)).label())
    widget = f"w.{field}.methods"
    if widget not in st.session_state or st.session_state.get(f"{widget}.of") != state.get(field):
        st.session_state[widget] = [method for method in now if method in listed.options]
    chosen = st.multiselect(
        in_markdown(label),
        families.few(listed, now),
        key=widget,
        width=520,
        select_all=False,
        max_selections=LIMIT,
        format_func=listed.label,
        help=listed.help,
    )
    families.browse(listed, chosen, partial(_toggle, field), widget)
    found = tuple(now.get(method, Entry(method)) for method in chosen)
    st.session_state[f"{widget}.of"] = found
    return state.keep(field, found)


def _toggle(field: str, method: str) -> None:
    """A map more, at its defaults, or one less."""
    now = {entry.method: entry for entry in state.get(field)}
    chosen = families.toggled(now, method)
    if len(chosen) > LIMIT:
        state.complain(f"{len(chosen)} maps are chosen; {LIMIT} fit beside each other. Take one away first.")
        return
    state.put(**{field: tuple(now.get(name, Entry(name)) for name in chosen)})
