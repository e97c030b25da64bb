"""The database of the app: trust studies, and the pictures that are kept for links. Its library takes a third
of a second to import, so it is imported when a visitor first needs it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from xai_core.trust_study import KeptPictures, StudyStore


def store() -> StudyStore:
    """The studies: at DATABASE_URL, from the environment or Streamlit's secrets, else in a local file."""
    from xai_core.trust_study import open_store

    url = os.environ.get("DATABASE_URL")
    if not url:
        try:
            url = st.secrets.get("DATABASE_URL")
        except FileNotFoundError:  # an app without secrets
            url = None
    return open_store(url or None)


def kept() -> KeptPictures:
    """The pictures that visitors keep for their links, in the same database."""
    from xai_core.trust_study import KeptPictures

    return KeptPictures(store().engine)
