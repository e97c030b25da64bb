"""What is checked: the kind with its settings, and the map, as one Check."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.parameters import Param
from xai_core.testing import Check, Kind, check_of
from xai_core.testing.regions import NAMED

from .. import state
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import choose, layout, parameters
from .about import SPECS
from .fields import OWN_BOX, SETTINGS

ABOUT = {"these": "These pictures", "like": "All like them"}
AGAINST = {"own": "The usual control", "centre": "A bump in the middle", "random": "A random map"}
REGIONS = {name: name.replace("_", " ").capitalize() for name in NAMED} | {OWN_BOX: "A box"}


def choose_map(subject: Subject) -> Entry:
    """The map that is checked, with its settings and those of the verdict folded away."""
    entry = parameters.choose_map(subject, "check_map")
    with st.popover("Settings", icon=":material/tune:", type="tertiary"):
        choose.one_of("The verdict is about", ABOUT, "verdict_about")
        choose.one_of("Against", AGAINST, "checked_against")
        entry = parameters.choose_layer(subject, entry, f"check-{entry.method}")
        entry = parameters.edit(subject.handle, entry, f"check-{entry.method}")
    layout.about_spec(*SPECS)
    state.put_quietly("check_map", entry)
    return entry


def settings(kind: Kind) -> None:
    """The widgets of a kind's own settings, and of its region."""
    columns = st.columns(max(2, len(kind.params) + kind.regional), gap="large")
    for column, param in zip(columns, kind.params, strict=False):
        with column:
            _setting(kind, param)
    if kind.regional:
        with columns[len(kind.params)]:
            chosen = st.selectbox(
                "Region", list(REGIONS), key=state.bind("checked_region"), format_func=REGIONS.__getitem__
            )
            if state.keep("checked_region", chosen) == OWN_BOX:
                _own_box()


def check_now(kind: Kind, entry: Entry, subject: Subject) -> Check:
    """The check that is chosen. Raises InputError."""
    given: dict[str, object] = {"kind": kind.key, "about": state.get("verdict_about"), "method": entry.method}
    given["params"] = dict(entry.params)
    if xai.METHODS[entry.method].takes_layer or (xai.METHODS[entry.method].layered and entry.layer):
        given["layer"] = subject.handle.layer(entry.layer or None).key
    if state.get("checked_against") != "own":
        given["against"] = state.get("checked_against")
    for param in kind.params:
        field, units = SETTINGS[kind.key, param.name]
        given[param.name] = state.get(field) / units if units else state.get(field)
    if kind.regional:
        given["region"] = _region()
    return check_of(given)


def _setting(kind: Kind, param: Param) -> None:
    field, units = SETTINGS[kind.key, param.name]
    if param.kind == "choice":
        choose.one_of(param.label, {one: one.capitalize() for one in param.choices}, field)
        return
    low, high = (round((end or 0.0) * units) for end in (param.low, param.high))
    form = "%d %%" if units == 100.0 and param.name != "alike" else "%d"
    more = " In hundredths; 100 is the same map." if param.name == "alike" else ""
    about = f"{param.help[0].upper()}{param.help[1:]}.{more}"
    value = st.slider(
        in_markdown(param.label), low, high, key=state.bind(field), format=form, help=in_markdown(about)
    )
    state.keep(field, value)


def _own_box() -> None:
    left, right, top, bottom = state.get("box")
    across = st.slider("Left and right", 0, 100, (left, right), format="%d %%")
    down = st.slider("Top and bottom", 0, 100, (top, bottom), format="%d %%")
    sides = (*across, *down)
    if sides != (left, right, top, bottom) and across[0] < across[1] and down[0] < down[1]:
        state.put(box=sides)
        st.rerun()


def _region() -> str:
    if state.get("checked_region") != OWN_BOX:
        return str(state.get("checked_region"))
    left, right, top, bottom = (side / 100 for side in state.get("box"))
    return f"{left:g} {top:g} {right:g} {bottom:g}"
