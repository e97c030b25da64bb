"""The plain files of a pin: text and .npy arrays, of which nothing is believed when they are read."""

from __future__ import annotations

import io
import re

import numpy as np

from ..types import InputError

MAX_SIDE = 4096  # rows or columns of a map
_CODES = {"float32": b"<f4", "int32": b"<i4"}
# the header that np.save writes for these arrays; NumPy's own reader would run a parser of Python on it
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(<f4|<i4)', 'fortran_order': False, "
    rb"'shape': \((\d{1,5}), (\d{1,5})\), \} *\n",
    re.DOTALL,
)


def read_text(data: bytes, name: str) -> str:
    """The text. Raises InputError for what is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InputError(f"{name} is no text in UTF-8.") from None


def to_npy(values: np.ndarray) -> bytes:
    """A .npy file of the array."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values))
    return buffer.getvalue()


def read_array(data: bytes, name: str, kind: type) -> np.ndarray:
    """The array (rows, columns) of a file of `to_npy`: `kind` is np.float32 or np.int32, a side has 1 to
    4,096 cells, every value is finite. Raises InputError for anything else. The header's shape is compared
    with the length of the file, so that a lie in it claims no memory."""
    dtype, found = np.dtype(kind), _HEADER.match(data)
    rows, columns = (int(found[2]), int(found[3])) if found else (0, 0)
    fits = (
        found is not None and found[1] == _CODES[dtype.name] and 4 * rows * columns == len(data) - found.end()
    )
    if found is None or not fits or not 1 <= min(rows, columns) <= max(rows, columns) <= MAX_SIDE:
        raise InputError(
            f"{name} is no .npy of {dtype.name} values in rows and columns, at most {MAX_SIDE} of each."
        )
    values: np.ndarray = np.frombuffer(data, found[1].decode(), offset=found.end())
    if not np.isfinite(values).all():
        raise InputError(f"{name} holds values that are not finite.")
    return values.reshape(rows, columns).astype(dtype)
