"""The values that this visitor has chosen, kept across pages.

They lie in one object of `st.session_state`. A field's widget uses a key of its own ("w." and the field),
because Streamlit forgets a widget's key whenever the widget is not on the page. `bind` gives a widget the
field's value, `keep` takes the widget's value back; presets write fields with `put`.

Streamlit ends a run for the next one at any access to `st.session_state`. What belongs together is therefore
written to the object without such an access in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from xai_core.types import InputError

from .fields import FIELDS

_CHOSEN = "_chosen"
_this = threading.local()  # Streamlit runs a script in one thread from its first line to its last


@dataclass
class _Chosen:
    """Values by field, and the fields whose widget does not show their value yet."""

    values: dict[str, Any] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)


def _chosen() -> _Chosen:
    """Looked up once a run: every field is asked for many times."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or getattr(_this, "context", None) is not context:
        _this.context, _this.chosen = context, _looked_up()
    return _this.chosen


def _looked_up() -> _Chosen:
    found = st.session_state.get(_CHOSEN)
    if found is None:
        found = st.session_state[_CHOSEN] = _Chosen()
    return found


def complain(sentence: str) -> None:
    """Show a sentence above the page until the next link is opened."""
    problems = st.session_state.setdefault("_problems", [])
    if sentence not in problems:
        problems.append(sentence)


def told(act: Callable[..., None]) -> Callable[..., None]:
    """What a widget does with what is kept on this server; where that is refused, a sentence stands above the
    page."""

    @wraps(act)
    def done(*given: Any) -> None:
        try:
            act(*given)
        except InputError as error:
            complain(str(error))

    return done


def problems() -> list[str]:
    """The sentences complained so far."""
    return st.session_state.get("_problems", [])


def dismiss_problems() -> None:
    """Forget them."""
    st.session_state["_problems"] = []


def get(key: str) -> Any:
    """The value of a field."""
    return _chosen().values.get(key, FIELDS[key].default)


def put(**values: Any) -> None:
    """Set fields; their widgets follow on the next run."""
    chosen = _chosen()
    chosen.moved |= values.keys()
    chosen.values |= values


def reset(key: str) -> None:
    """A field back to its default."""
    put(**{key: FIELDS[key].default})


def put_quietly(key: str, value: Any) -> None:
    """Set a field whose widget already shows it, or will find it out by itself."""
    _chosen().values[key] = value


def moved(key: str) -> bool:
    """Whether the field was set by something else than its widget, which does not show it yet."""
    return key in _chosen().moved


def bind(key: str, value: Any = None) -> str:
    """The widget key of a field. The widget's value is set to the field's, or to `value` in its place, if the
    widget is new on the page or the field was set by something else."""
    widget = f"w.{key}"
    if widget not in st.session_state or moved(key):
        shown = get(key) if value is None else value
        st.session_state[widget] = list(shown) if isinstance(shown, tuple) else shown  # of a multiselect
        _chosen().moved.discard(key)
    return widget


def keep(key: str, value: Any) -> Any:
    """Take a widget's value into its field, and return it. A widget that has none yet leaves the field as it
    is."""
    if value is None:
        return get(key)
    chosen = _chosen()
    chosen.values[key] = value
    chosen.moved.discard(key)
    return value


def of_widget(key: str, otherwise: Any = None) -> Any:
    """What the widget of that key holds, for its callback; `otherwise` where it holds nothing: the run that
    was to draw it has ended before it was drawn."""
    return st.session_state.get(key, otherwise)


def selected(key: str, kind: str) -> list[Any] | None:
    """What is selected in the chart or table of that key, for its callback, and None where `of_widget` would
    hold nothing; `kind` is points, rows or box."""
    found = of_widget(key)
    return None if found is None else list(getattr(found.selection, kind))


def is_new(page: str) -> bool:
    """Whether this visitor comes to the page now, and has nothing of it on his screen. Asked once a run."""
    before = st.session_state.get("_drawn")
    st.session_state["_drawn"] = page
    return before != page


def page() -> str:
    """The page that runs."""
    return st.session_state["_page"]
