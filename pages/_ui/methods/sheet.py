"""The card of one method: what it does, when it misleads, what it is like, and its parameters."""

from __future__ import annotations

from functools import partial

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.methods import MethodSpec, card
from xai_core.parameters import Param

from .. import state
from ..widgets import layout, parameters
from ..widgets.links import page_link
from . import known


def show(key: str) -> None:
    """The page with the card of the method of that key."""
    spec = xai.METHODS[key]
    st.title(in_markdown(spec.label))
    layout.caption(spec.family, spec.key)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.button(
            "All methods",
            icon=":material/arrow_back:",
            type="tertiary",
            on_click=partial(state.reset, "card"),
        )
        asked = {name: value for name, value in state.query("overview").items() if name != "settings"}
        page_link("overview", "Its map on Overview", ":material/image:", {**asked, "method": key})
    left, right = st.columns(2, gap="large")
    with left:
        _believed(spec)
        known.show(key)
    with right:
        _made(spec)
        layout.heading("What it is like")
        layout.table(_lines(spec))
        _parameters(spec)


def _believed(spec: MethodSpec) -> None:
    """What it does and when it misleads."""
    st.write(in_markdown(spec.plain or spec.reading))
    if spec.fails:
        layout.heading("When it misleads")
        st.write(in_markdown(spec.fails))
    for caution in spec.cautions.values():
        st.write(in_markdown(caution))


def _made(spec: MethodSpec) -> None:
    """How it is read, its formula and its paper."""
    layout.heading("How to read it")
    st.write(in_markdown(spec.reading))
    layout.heading("Formula")
    st.latex(spec.formula)
    st.write(f"[{in_markdown(spec.paper)}]({spec.url})" if spec.url else in_markdown(spec.paper))


def _lines(spec: MethodSpec) -> dict[str, str]:
    """Its traits, as names and values."""
    one = card(spec)
    return {
        "Needs": ", ".join(one.needs) or "any network",
        "Passes at its defaults": f"{one.passes:,}",
        "Depends on the class": "yes" if one.knows_class else "no, the same map for every class",
        "Adds up to": one.adds_up or "nothing that is known",
        "Depends on the seed": "yes, random numbers enter" if one.draws else "no",
        "Can be negative": one.signed,
        "One value for each": one.places,
        "Layer": "chosen" if spec.takes_layer else "its own" if spec.layered else "none",
    }


def _parameters(spec: MethodSpec) -> None:
    if not spec.params:
        layout.note("It has no parameters.")
        return
    layout.heading("Parameters")
    with st.container(gap="xsmall"):
        for param in spec.params:
            title, usual, accepted = parameters.title(param), _word(param.default), _accepted(param)
            st.markdown(
                f"- **{in_markdown(title)}**, {in_markdown(usual)}{in_markdown(accepted)}: "
                f"{in_markdown(param.help)}"
            )


def _accepted(param: Param) -> str:
    """What a parameter can be, in brackets; "" where that goes without saying."""
    if param.low is not None and param.high is not None:
        return f" ({param.low:g} to {param.high:g})"
    return f" ({', '.join(param.choices)})" if param.choices else ""


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
