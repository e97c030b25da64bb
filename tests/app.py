"""The dashboard under Streamlit's AppTest, in this process: the same script and caches as behind a server."""

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from pages._ui.widgets.late import AT_ONCE

SCRIPT = Path(__file__).parents[1] / "pages" / "_ui" / "app.py"


def new_app(page: str = "overview", timeout: float = 120) -> AppTest:
    """A session at that page, before its first run."""
    app = AppTest.from_file(str(SCRIPT), default_timeout=timeout)
    app.session_state[AT_ONCE] = True  # no browser has to read Plotly's file first
    return switch(app, page)


def switch(app: AppTest, page: str) -> AppTest:
    """Go to that page. AppTest itself can only switch to pages that are files; ours are functions, which
    Streamlit knows by the hash of their address."""
    app._page_hash = calc_hash("" if page == "overview" else page)
    return app
