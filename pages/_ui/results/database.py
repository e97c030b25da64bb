"""The database of the app: trust studies, and the pictures that are kept for links."""

from __future__ import annotations

import os

import streamlit as st

from xai_core.trust_study import KeptPictures, StudyStore, open_store


def store() -> StudyStore:
    """The studies: at DATABASE_URL, from the environment or Streamlit's secrets, else in a local file."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        try:
            url = st.secrets.get("DATABASE_URL")
        except FileNotFoundError:  # an app without secrets
            url = None
    return open_store(url or None)


def kept() -> KeptPictures:
    """The pictures that visitors keep for their links, in the same database."""
    return KeptPictures(store().engine)
