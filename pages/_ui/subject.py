"""What a page is about, and how it learns of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import xai_core as xai

from . import navigation


@dataclass(frozen=True)
class Subject:
    """What a page is about: all chosen in the sidebar. `scores` holds every class, most probable first."""

    model: str
    handle: xai.ModelHandle
    image: xai.ImageInput
    scores: tuple[xai.ClassScore, ...]
    target: xai.ClassScore
    versus: xai.ClassScore

    @property
    def predicted(self) -> xai.ClassScore:
        """The most probable class."""
        return self.scores[0]


_run = threading.local()  # Streamlit runs a script in one thread from its first line to its last


@contextmanager
def about(subject: Subject | None) -> Iterator[None]:
    """For the length of the block, `current()` is what the sidebar chose; None on a page that needs
    nothing.
    """
    _run.subject = subject
    try:
        yield
    finally:
        del _run.subject


def current() -> Subject:
    """What the sidebar chose in this run; for the pages."""
    if not hasattr(_run, "subject"):
        navigation.start_over()
    return _run.subject


def needs_nothing() -> None:
    """For pages that are about no one picture: make sure that the dashboard runs them."""
    current()
