"""Saliency Lab: run with `streamlit run dashboard.py`."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

SCRIPT = Path(__file__).resolve().parent / "pages" / "_ui" / "app.py"


@asynccontextmanager
async def imported_early(_app: st.App) -> AsyncIterator[None]:
    """The server answers at once; what every page needs is imported and warmed up meanwhile."""
    threading.Thread(target=_import, daemon=True).start()
    yield


def _import() -> None:
    import pages._ui.navigation  # noqa: F401
    from pages._ui.results import prefetch
    from pages._ui.warm import warm

    if prefetch.wanted():  # first: a visitor who comes meanwhile offers what he may ask for next only once
        prefetch.PREFETCH.start()
    warm()


# `streamlit run` finds this name and serves it. The script stands beside no folder named pages/: Streamlit
# would list the files of that folder in the sidebar until the script has declared its own pages.
app = st.App(SCRIPT, lifespan=imported_early)

if get_script_run_ctx(suppress_warning=True) is not None:  # a server that runs this file as the script itself
    from pages._ui.app import main

    main()
