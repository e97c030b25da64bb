"""One of a few, side by side, kept in a field of the state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from .. import state


def one_of(title: str, words: Mapping[str, str], field: str, titled: bool = True, **options: Any) -> str:
    """The chosen key of `words`, whose values a person reads; `titled` shows the title above."""
    chosen = st.segmented_control(
        title,
        list(words),
        key=state.bind(field),
        format_func=words.get,
        required=True,
        label_visibility="visible" if titled else "collapsed",
        **options,
    )
    return state.keep(field, chosen)
