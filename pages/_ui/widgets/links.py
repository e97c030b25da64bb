"""Links to other pages of the app, in this tab or in one of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.navigation.page import Page

from xai_core.escaping import in_html, in_markdown

from .. import state
from ..state.fields import PAGES


def page_link(page: str, label: str, icon: str, query: Mapping[str, str]) -> None:
    """A link to the page of that key with these fields in its address; nothing for a page that the app does
    not have."""
    if page in PAGES:
        st.page_link(_page(page, label), label=in_markdown(label), icon=icon, query_params=dict(query))


def card(method: str) -> str:
    """The address of the card of a method."""
    path = urlsplit(st.context.url or "").path.rstrip("/").removesuffix(f"/{state.page()}")
    return f"{path}/methods?{urlencode({'method': method})}"


def linked(inner: str, address: str) -> str:
    """HTML that leads to an address ("": nowhere), in a tab of its own, so that what is on the page stays."""
    start = f'<a class="quiet" href="{in_html(address)}" target="_blank">'
    return f"{start}{inner}</a>" if address else inner


def go_to(page: str, query: Mapping[str, str] | None = None) -> NoReturn:
    """End this run and show the page of that key instead, with everything that was chosen, or with these
    fields in its address."""
    st.switch_page(_page(page, page), query_params=None if query is None else dict(query))


def _page(key: str, title: str) -> Page:
    """Streamlit finds a page by its address alone, so the function here is never called."""
    return st.Page(_never, title=title, url_path=key, default=key == "overview")


def _never() -> None:
    raise AssertionError("a page is drawn by what `navigation` names")
