"""The values that this visitor has chosen, kept across pages.

A field's value lies in `st.session_state` under "f." and its key. Its widget uses another key ("w." and the
field), because Streamlit forgets a widget's key whenever the widget is not on the page. `bind` gives a widget
the field's value, `keep` takes the widget's value back; presets write fields with `put`."""

from __future__ import annotations

from typing import Any

import streamlit as st

from .fields import FIELDS


def complain(sentence: str) -> None:
    """Show a sentence above the page until the next link is opened."""
    problems = st.session_state.setdefault("_problems", [])
    if sentence not in problems:
        problems.append(sentence)


def problems() -> list[str]:
    """The sentences complained so far."""
    return st.session_state.get("_problems", [])


def dismiss_problems() -> None:
    """Forget them."""
    st.session_state["_problems"] = []


def get(key: str) -> Any:
    """The value of a field."""
    return st.session_state.get(f"f.{key}", FIELDS[key].default)


def put(**values: Any) -> None:
    """Set fields; their widgets follow on the next run."""
    for key, value in values.items():
        st.session_state[f"f.{key}"] = value
        st.session_state.pop(f"w.{key}", None)


def reset(key: str) -> None:
    """A field back to its default."""
    put(**{key: FIELDS[key].default})


def put_quietly(key: str, value: Any) -> None:
    """Set a field whose widget already shows it, or will find it out by itself."""
    st.session_state[f"f.{key}"] = value


def bind(key: str) -> str:
    """The widget key of a field, with the widget's value set to the field's if the widget is new on the
    page.
    """
    widget = f"w.{key}"
    if widget not in st.session_state:
        value = get(key)
        st.session_state[widget] = list(value) if isinstance(value, tuple) else value  # of a multiselect
    return widget


def keep(key: str, value: Any) -> Any:
    """Take a widget's value into its field, and return it. A widget that has none yet leaves the field as it
    is."""
    if value is None:
        return get(key)
    st.session_state[f"f.{key}"] = value
    return value


def is_new(page: str) -> bool:
    """Whether this visitor comes to the page now, and has nothing of it on his screen. Asked once a run."""
    before = st.session_state.get("_drawn")
    st.session_state["_drawn"] = page
    return before != page


def page() -> str:
    """The page that runs."""
    return st.session_state["_page"]
