"""Saliency Lab: run with `streamlit run dashboard.py`."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages._ui import tidy, uploads

SCRIPT = Path(__file__).resolve().parent / "pages" / "_ui" / "app.py"


@asynccontextmanager
async def imported_early(_app: st.App) -> AsyncIterator[None]:
    """The server answers at once; what every page needs is imported and warmed up meanwhile."""
    uploads.limit_each()
    tidy.start()
    threading.Thread(target=_import, daemon=True).start()
    yield


def _import() -> None:
    """Imports make hundreds of thousands of objects that stay. Looking for garbage among them again and again
    takes a fifth of the time, so none is looked for until the pages and the network are here, and what is
    here then is never looked through again."""
    gc.disable()
    try:
        import pages._ui.navigation  # noqa: F401
        from pages._ui.results import prefetch
        from pages._ui.warm import default_network, late

        # first: a visitor who comes meanwhile offers what he may ask for next only once
        if prefetch.wanted():
            prefetch.PREFETCH.start()
        default_network()
    finally:
        gc.freeze()
        gc.enable()
    late()
    gc.collect()
    gc.freeze()


# `streamlit run` finds this name and serves it. The script stands beside no folder named pages/: Streamlit
# would list the files of that folder in the sidebar until the script has declared its own pages.
app = st.App(SCRIPT, lifespan=imported_early, middleware=[Middleware(uploads.Limit)])

if get_script_run_ctx(suppress_warning=True) is not None:  # a server that runs this file as the script itself
    from pages._ui.app import main

    main()
