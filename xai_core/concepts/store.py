"""Results of long passes, kept on disk: one .npz of arrays under the digest of everything it depends on.

The folder is XAI_CACHE_DIR, else the user's cache folder for Saliency Lab."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..disk import folder_of

_UNREADABLE = (OSError, ValueError, EOFError, zipfile.BadZipFile)


def folder() -> Path:
    """Where the files lie; it need not exist."""
    return folder_of("XAI_CACHE_DIR")


def digest(*parts: object) -> str:
    """A name for anything that JSON can say."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def read(kind: str, name: str) -> dict[str, np.ndarray] | None:
    """The arrays of that name; None where there are none, or where the file is damaged."""
    path = folder() / kind / f"{name}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            return {key: found[key] for key in found.files}
    except _UNREADABLE:
        return None


def write(kind: str, name: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Keep arrays; the file is whole or not there. A full or locked disk costs the cache, not the result, and
    is logged."""
    home = folder() / kind
    beside = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        number, beside = tempfile.mkstemp(suffix=".writing", dir=home)
        with os.fdopen(number, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        os.replace(beside, home / f"{name}.npz")
    except OSError as error:
        logging.getLogger(__name__).warning("%s was not kept in %s: %s", name, home, error)
        if beside is not None:
            Path(beside).unlink(missing_ok=True)
