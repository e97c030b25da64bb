"""Everything a person can choose, under one name each: kept across pages, and written into the URL.

A field's value lives in `st.session_state` under its own key. Its widget uses another key ("w." + field),
because Streamlit forgets a widget's key whenever the widget is not on the page. `bind` gives a widget the
field's value, `keep` takes the widget's value back; presets write fields with `put`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Field:
    """A piece of state: how it stands in a URL, and its value when nobody has chosen. `decode` raises
    ValueError with one sentence for what it does not accept."""

    key: str
    default: Any
    decode: Callable[[str], Any]
    encode: Callable[[Any], str] = str
    page: str = ""  # the only page that shows it; "" is every page


def choice(*accepted: str) -> Callable[[str], str]:
    """A decoder for one of a few words."""

    def decode(text: str) -> str:
        if text not in accepted:
            raise ValueError(f"Accepted are {', '.join(accepted)}.")
        return text

    return decode


def whole(low: int, high: int) -> Callable[[str], int]:
    """A decoder for a whole number in low..high."""

    def decode(text: str) -> int:
        number = int(text) if text.lstrip("-").isdecimal() else None
        if number is None or not low <= number <= high:
            raise ValueError(f"A whole number from {low} to {high} is accepted.")
        return number

    return decode


def flag(text: str) -> bool:
    """A decoder for on and off."""
    return choice("on", "off")(text) == "on"


def on_off(value: bool) -> str:
    """The encoder that belongs to `flag`."""
    return "on" if value else "off"


def words(text: str) -> tuple[str, ...]:
    """A decoder for a comma-separated list."""
    return tuple(part for part in text.split(",") if part)


def joined(values: tuple[str, ...]) -> str:
    """The encoder that belongs to `words`."""
    return ",".join(values)


ON_ITS_WAY = 3.0  # seconds that an address takes to reach the browser, also from a busy server
_FIELDS: dict[str, Field] = {}


def declare(*fields: Field) -> None:
    """Make fields known; pages declare their own next to their widgets. Declaring one again replaces it."""
    _FIELDS.update({field.key: field for field in fields})


def start(page: str) -> None:
    """At the top of every run: take over a URL that this session has not written itself.

    On another page than before, every widget is forgotten, so that it takes its field's value: Streamlit
    still lists the old page's widget under the same key, but would give the new one its own default."""
    if st.session_state.get("_page") != page:
        st.session_state["_page"] = page
        for key in [key for key in st.session_state if str(key).startswith("w.")]:
            del st.session_state[key]
    for key in _FIELDS:  # what a widget was just set to counts at once, also for what is drawn above it
        if f"w.{key}" in st.session_state:
            chosen = st.session_state[f"w.{key}"]
            if chosen is not None:
                put_quietly(key, tuple(chosen) if isinstance(chosen, list) else chosen)
    given = only_fields(st.query_params.to_dict())
    written = st.session_state.get("_written")
    if written is not None and given != written and _out_of_date(given):
        _address(written)  # what the page starts in a moment must not begin with the old one again
    elif written is None or (given and given != written):
        st.session_state["_problems"] = []
        for field in _FIELDS.values():
            _take(field, given.get(field.key))
        st.session_state["_written"] = given


def _out_of_date(given: dict[str, str]) -> bool:
    """Whether the browser sent an address that was replaced only now: a click in the moment in which the new
    one was on its way. Taking it for a new link would undo what was just chosen."""
    now = time.monotonic()
    return any(
        address == given and now - replaced < ON_ITS_WAY
        for address, replaced in st.session_state.get("_superseded", [])
    )


def _take(field: Field, text: str | None) -> None:
    value = field.default
    if text is not None:
        try:
            value = field.decode(text)
        except ValueError as error:
            complain(f"The link asks for {field.key} {text!r}. {error} The default is shown instead.")
    put(**{field.key: value})


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
    return st.session_state.get(f"f.{key}", _FIELDS[key].default)


def put(**values: Any) -> None:
    """Set fields; their widgets follow on the next run."""
    for key, value in values.items():
        st.session_state[f"f.{key}"] = value
        st.session_state.pop(f"w.{key}", None)


def reset(key: str) -> None:
    """A field back to its default."""
    put(**{key: _FIELDS[key].default})


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


def page() -> str:
    """The page that runs."""
    return st.session_state["_page"]


def query(page: str) -> dict[str, str]:
    """Every field that belongs to this page and differs from its default, as it stands in a URL."""
    return {
        field.key: field.encode(get(field.key))
        for field in _FIELDS.values()
        if field.page in ("", page) and get(field.key) != field.default
    }


def only_fields(given: dict[str, str]) -> dict[str, str]:
    """Those parts of a query that name fields."""
    return {key: value for key, value in given.items() if key in _FIELDS}


def write_url(page: str) -> None:
    """Bring the address bar up to date."""
    wanted = query(page)
    if wanted != only_fields(st.query_params.to_dict()):
        _address(wanted)
    before = st.session_state.get("_written")
    if before is not None and before != wanted:
        recent = [*st.session_state.get("_superseded", []), (before, time.monotonic())]
        st.session_state["_superseded"] = recent[-4:]
    st.session_state["_written"] = wanted


def _address(fields: dict[str, str]) -> None:
    """Put these fields into the address bar; what stands there besides stays."""
    others = {key: value for key, value in st.query_params.items() if key not in _FIELDS}
    st.query_params.from_dict(others | fields)
