"""The plain files of a pin: text and .npy arrays, of which nothing is believed when they are read."""

from __future__ import annotations

import io

import numpy as np

from ..types import InputError


def read_text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InputError(f"{name} is no text in UTF-8.") from None


def to_npy(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values))
    return buffer.getvalue()


def read_array(data: bytes, name: str, kind: type) -> np.ndarray:
    """A 2-D array of that type; its header is read first, so that a lie in it claims no memory."""
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file) if version == (1, 0) else ((), 0, None)
    except (ValueError, EOFError, SyntaxError):
        shape, dtype = (), None
    fits = len(shape) == 2 and dtype == kind and min(shape) > 0
    if not fits or int(np.prod(shape, dtype=object)) * np.dtype(kind).itemsize != len(data) - file.tell():
        raise InputError(f"{name} is no .npy of {np.dtype(kind).name} values in rows and columns.")
    found = np.load(io.BytesIO(data), allow_pickle=False)
    if not np.isfinite(found).all():
        raise InputError(f"{name} holds values that are not finite.")
    return found
