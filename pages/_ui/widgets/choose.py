"""One of a few, side by side, or one class of many, kept in a field of the state."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from xai_core.escaping import in_markdown

from .. import state

MANY, SHOWN = 2000, 200  # from so many classes on, a menu lists the first few, and any other is typed


def one_of(title: str, words: Mapping[str, str], field: str, titled: bool = True, **options: Any) -> str:
    """The chosen key of `words`, whose values a person reads; `titled` shows the title above."""
    chosen = st.segmented_control(
        in_markdown(title),
        list(words),
        key=state.bind(field),
        format_func=lambda key: in_markdown(words[key]),
        required=True,
        label_visibility="visible" if titled else "collapsed",
        **options,
    )
    return state.keep(field, chosen)


def a_class(
    title: str,
    field: str,
    options: Sequence[int],
    label: Callable[[int], str],
    named: Mapping[int, str],
    **kw: Any,
) -> int:
    """The class chosen among `options`; `named` holds the names of all. A browser that is sent tens of
    thousands of names at every click becomes slow, so of more than MANY options it gets the first SHOWN, and
    takes any name or number that is typed."""
    if len(options) <= MANY:
        return state.keep(
            field, st.selectbox(in_markdown(title), options, key=state.bind(field), format_func=label, **kw)
        )
    current = state.get(field)
    listed = list(dict.fromkeys([*options[:SHOWN], current]))
    chosen = st.selectbox(
        in_markdown(title),
        listed,
        listed.index(current),
        key=f"many.{field}.{current}",
        format_func=lambda one: one if isinstance(one, str) else label(one),
        accept_new_options=True,
        **kw,
    )
    found = _typed(chosen, named) if isinstance(chosen, str) else chosen
    if found == current:
        return current
    if found is not None:
        state.put(**{field: found})
        st.rerun()
    near = difflib.get_close_matches(chosen, list(named.values()), 3, 0.4)
    said = f"There is no class {chosen!r}" + (f"; near it are {', '.join(near)}." if near else ".")
    st.error(in_markdown(said))
    return current


def _typed(text: str, named: Mapping[int, str]) -> int | None:
    """The class of a number, a name, or the one name that contains the text."""
    wanted = text.strip().lower()
    if wanted.isdecimal():
        return int(wanted) if int(wanted) in named else None
    same = [index for index, name in named.items() if name.lower() == wanted]
    within = same or [index for index, name in named.items() if wanted in name.lower()]
    return within[0] if len(within) == 1 or same else None
