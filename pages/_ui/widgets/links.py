"""Links to other pages of the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import Page

from xai_core.escaping import in_markdown

from ..state.fields import PAGES


def page_link(page: str, label: str, icon: str, query: Mapping[str, str]) -> None:
    """A link to the page of that key with these fields in its address; nothing for a page that the app does
    not have."""
    if page in PAGES:
        st.page_link(_page(page, label), label=in_markdown(label), icon=icon, query_params=dict(query))


def go_to(page: str) -> NoReturn:
    """End this run and show the page of that key instead, with everything that was chosen."""
    st.switch_page(_page(page, page))


def _page(key: str, title: str) -> Page:
    """Streamlit finds a page by its address alone, so the function here is never called."""
    return st.Page(_never, title=title, url_path=key, default=key == "overview")


def _never() -> None:
    raise AssertionError("a page is drawn by what `navigation` names")
