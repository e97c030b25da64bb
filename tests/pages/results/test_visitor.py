"""Whose session it is: tabs of one browser are one visitor."""

from types import SimpleNamespace

import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from pages._ui.results import visitor


@pytest.fixture
def session(monkeypatch):
    def enter(cookie: str | None = None, address: str | None = None, key: str = "session") -> str:
        cookies = {} if cookie is None else {visitor.COOKIE: cookie}
        monkeypatch.setattr(
            visitor, "st", SimpleNamespace(context=SimpleNamespace(cookies=cookies, ip_address=address))
        )
        monkeypatch.setattr(visitor, "get_script_run_ctx", lambda: SimpleNamespace(session_id=key))
        return visitor.who()

    return enter


def test_the_cookie_of_a_browser_is_one_visitor_under_every_mask(session):
    first, second, other = (
        generate_xsrf_token_string(token, 1_800_000_000) for token in (b"a" * 16, b"a" * 16, b"b" * 16)
    )
    assert first != second, "Streamlit masks the token anew each time"
    assert session(first, key="one tab") == session(second, key="another tab") == (b"a" * 16).hex()
    assert session(other) != session(first)


@pytest.mark.parametrize("cookie", [None, "", "2|", "2|zz|yy|1", "2|aa", "a text", "2||0102|3"])
def test_who_sends_no_cookie_that_can_be_read_is_known_by_his_address(session, cookie):
    assert session(cookie, "192.0.2.7") == "192.0.2.7"
    assert session(None, None, "my session") == "my session"


def test_outside_of_a_run_there_is_no_visitor():
    assert visitor.who() == ""
