"""All methods, their families folded, beside a menu that lists only the usual few."""

from __future__ import annotations

from collections.abc import Callable, Collection

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.methods import FAMILIES

from .. import state
from .methods import WANTED, Menu

Pick = Callable[[str], None]


def few(listed: Menu, shown: Collection[str] = ()) -> list[str]:
    """The options of a short menu: the six that most people want and those that are chosen now, in the
    menu's order."""
    return [key for key in listed.options if key in WANTED or key in shown]


def browse(listed: Menu, shown: Collection[str], pick: Pick, key: str) -> None:
    """The button behind a short menu, which opens all of the menu's methods. `pick` is called with the key of
    the method that somebody chooses there; where it is among those shown, it is to be taken away."""
    if len(few(listed, shown)) == len(listed.options):
        return
    opened = f"{key}.open"
    with st.popover(
        f"All {len(listed.options)} methods",
        icon=":material/list:",
        type="tertiary",
        key=opened,
        on_change="rerun",
    ):
        if state.of_widget(opened):  # closed, it is not drawn: no page is slower for it
            unfolded(listed, shown, pick, key)


def unfolded(listed: Menu, shown: Collection[str], pick: Pick, key: str) -> None:
    """A search through all of the menu's methods, and below it the families, each folded."""
    st.selectbox(
        "Search",
        listed.options,
        index=None,
        key=f"{key}.search",
        placeholder=f"One of {len(listed.options)} methods",
        format_func=lambda name: f"{listed.label(name)} · {xai.METHODS[name].family}",  # found by family too
        help=listed.help,
        on_change=_searched,
        args=(f"{key}.search", pick),
    )
    for family in FAMILIES:
        if of_it := [name for name in listed.options if xai.METHODS[name].family == family]:
            _family(family, of_it, listed, [name for name in of_it if name in shown], pick, key)


def toggled(chosen: Collection[str], method: str) -> tuple[str, ...]:
    """The chosen methods with this one added at their end, or without it where it is among them."""
    rest = tuple(name for name in chosen if name != method)
    return rest if method in chosen else (*rest, method)


def toggle(field: str, method: str) -> None:
    """The method of a click added to a field of several, or taken out of it."""
    state.put(**{field: toggled(state.get(field), method)})


def _family(family: str, names: list[str], listed: Menu, shown: list[str], pick: Pick, key: str) -> None:
    """One family's methods; those that are chosen now are marked."""
    chosen = f", {len(shown)} chosen" if shown else ""
    with st.expander(in_markdown(f"{family} ({len(names)}{chosen})")):
        drawn = f"{key}.{family}.{' '.join(shown)}"  # marked anew whenever something else was chosen
        st.pills(
            in_markdown(family),
            names,
            selection_mode="multi",
            default=shown,
            key=drawn,
            format_func=lambda name: in_markdown(listed.label(name)),
            label_visibility="collapsed",
            on_change=_clicked,
            args=(drawn, tuple(shown), pick),
        )


def _searched(widget: str, pick: Pick) -> None:
    found = state.of_widget(widget)
    if found is not None:
        st.session_state[widget] = None
        pick(found)


def _clicked(widget: str, before: tuple[str, ...], pick: Pick) -> None:
    """The one method that the click changed."""
    now = state.of_widget(widget, list(before))
    for name in set(now) ^ set(before):
        pick(name)
