"""The address bar: every field that differs from its default stands in it, and a link sets the fields.

Streamlit's own binding of widgets to the URL drops a value that does not fit without a word; here a bad value
is said in a sentence above the page."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping

import streamlit as st

from .fields import FIELDS, Field
from .session import complain, get, moved, put, put_quietly

LONGEST, QUOTED = 4000, 80  # characters of a field in an address, and of one that is repeated in a sentence
ON_ITS_WAY = (
    3.0  # seconds after a run in which a click may still come from a browser that has the old address
)

# told the page and its address whenever a run has written it; results.meetings, a floor above, is put here
WRITTEN: list[Callable[[str, dict[str, str]], None]] = []


def start(page: str) -> None:
    """At the top of every run: take over a URL that this session has not written itself. A bare address on
    the page that is shown already, as the browser's way back gives it, sets every field to its default.

    On another page than before, every widget is forgotten, so that it takes its field's value: Streamlit
    still lists the old page's widget under the same key, but would give the new one its own default."""
    stays = st.session_state.get("_page") == page
    if not stays:
        for key in [key for key in st.session_state if str(key).startswith("w.")]:
            del st.session_state[key]
        st.session_state["_page"] = page  # last: a run that ends before leaves it to the next one
    for key in FIELDS:  # what a widget was just set to counts at once, also for what is drawn above it
        if stays and not moved(key):
            chosen = st.session_state.get(f"w.{key}")
            if chosen is not None:
                put_quietly(key, tuple(chosen) if isinstance(chosen, list) else chosen)
    given = only_fields(st.query_params.to_dict())
    written = st.session_state.get("_written")
    if written is not None and given != written and _out_of_date(given):
        _address(written)  # what the page starts in a moment must not begin with the old one again
    elif written is None or (given != written and (given or stays)):
        st.session_state["_problems"] = []
        for field in FIELDS.values():
            _take(field, given.get(field.name))
        st.session_state["_written"] = given


def _out_of_date(given: dict[str, str]) -> bool:
    """Whether the browser sent an address that was replaced only now: a click while the run that replaced it
    went on, or while the new one was on its way. Taking it for a new link would undo what was just chosen,
    such as the pinboard that a first pin has made."""
    now = time.monotonic()
    return any(
        address == given and now - replaced < ON_ITS_WAY
        for address, replaced in st.session_state.get("_superseded", [])
    )


def _take(field: Field, text: str | None) -> None:
    value = field.default
    if text is not None and len(text) > LONGEST:
        complain(
            f"The link asks for {field.name} in {len(text):,} characters; at most {LONGEST:,} are accepted. "
            "The default is shown instead."
        )
    elif text is not None:
        try:
            value = field.decode(text)
        except ValueError as error:
            asked = text if len(text) <= QUOTED else text[:QUOTED] + "…"
            complain(f"The link asks for {field.name} {asked!r}. {error} The default is shown instead.")
    put(**{field.key: value})


def take(fields: Mapping[str, str], own: Collection[str]) -> dict[str, str]:
    """Take over the address at which somebody else is, as if its link had been opened, but for the fields
    `own`, which stay as they are; the address that this visitor has now."""
    for field in FIELDS.values():
        if field.key not in own:
            _take(field, fields.get(field.name))
    kept = {field.name: field for field in FIELDS.values() if field.key in own}
    mine = {name: f.encode(get(f.key)) for name, f in kept.items() if get(f.key) != f.default}
    wanted = {name: text for name, text in only_fields(dict(fields)).items() if name not in kept} | mine
    _replace(wanted)
    return wanted


def query(page: str) -> dict[str, str]:
    """Every field that belongs to this page and differs from its default, as it stands in a URL."""
    return {
        field.name: field.encode(get(field.key))
        for field in FIELDS.values()
        if field.belongs(page) and get(field.key) != field.default
    }


def only_fields(given: dict[str, str]) -> dict[str, str]:
    """Those parts of a query that name fields."""
    names = {field.name for field in FIELDS.values()}
    return {name: value for name, value in given.items() if name in names}


def write_url(page: str) -> None:
    """Bring the address bar up to date."""
    wanted = query(page)
    if wanted != only_fields(st.query_params.to_dict()):
        _address(wanted)
    _replace(wanted)
    for tell in WRITTEN:
        tell(page, wanted)


def _replace(wanted: dict[str, str]) -> None:
    """From now on the session has this address, and the one before is out of date."""
    before = st.session_state.get("_written")
    if before is not None and before != wanted:
        recent = [*st.session_state.get("_superseded", []), (before, math.inf)]
        st.session_state["_superseded"] = recent[-4:]
    st.session_state["_written"] = wanted


def run_ends() -> None:
    """At the end of every run: from now on the browser has the address of this run."""
    now = time.monotonic()
    recent = st.session_state.get("_superseded", [])
    st.session_state["_superseded"] = [(address, min(replaced, now)) for address, replaced in recent]


def _address(fields: dict[str, str]) -> None:
    """Put these fields into the address bar; what stands there besides stays."""
    given = st.query_params.to_dict()
    others = {name: value for name, value in given.items() if name not in only_fields(given)}
    st.query_params.from_dict(others | fields)
