"""Links to other pages of the app."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ..state.fields import PAGES


def page_link(page: str, label: str, icon: str, query: Mapping[str, str]) -> None:
    """A link to the page of that key with these fields in its address; nothing for a page that the app does
    not have. Streamlit finds the page by its address alone, so the function here is never called."""
    if page in PAGES:
        target = st.Page(_never, title=label, url_path=page, default=page == "overview")
        st.page_link(target, label=label, icon=icon, query_params=dict(query))


def _never() -> None:
    raise AssertionError("a page is drawn by what `navigation` names")
