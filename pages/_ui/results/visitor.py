"""Who a session belongs to: the tabs of one browser are one visitor.

The name serves for fair turns alone, never for what somebody may see. Who sends no cookie is known by his
address, so that a program which opens many connections is one visitor, and else by his session. A program
that makes up a cookie for every connection is as many visitors as it wants to be."""

from __future__ import annotations

from itertools import cycle

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

COOKIE = "_streamlit_xsrf"  # Streamlit gives one to every browser


def who() -> str:
    """The visitor whose run this is; "" outside of a run."""
    context = get_script_run_ctx()
    if context is None:
        return ""
    return _token(st.context.cookies.get(COOKIE, "")) or st.context.ip_address or context.session_id


def _token(cookie: str) -> str:
    """What stays the same in the cookie "2|mask|token|time": the token is sent under another mask each time.
    "" for anything else."""
    parts = cookie.split("|")
    try:
        mask, token = (bytes.fromhex(part) for part in parts[1:3])
    except ValueError:
        return ""
    return bytes(a ^ b for a, b in zip(token, cycle(mask), strict=False)).hex()
