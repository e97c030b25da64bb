"""The files that come with the library: the samples' manifest, the concept words and their embeddings."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def data_file(name: str) -> Traversable:
    """A file of this folder, wherever the package is installed."""
    return files(__name__) / name
