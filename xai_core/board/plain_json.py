"""JSON that may come from anybody, measured before it is parsed.

Python makes some 25 bytes of memory out of one byte of JSON such as `[[],[],[]]`, and a text of 20,000
opening brackets ends in a RecursionError. So size, values and depth are counted in the bytes first, without
building anything."""

from __future__ import annotations

import json
import re
from typing import Any

from ..types import InputError

MAX_DEPTH = 24  # of lists and tables within one another; a figure of the app has 8
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)  # one that has no end reaches the end
_BRACKET = re.compile(rb"[\[\]{}]")
_VALUE = re.compile(rb"[\[{,:]")


def read_json(data: bytes, name: str, most_bytes: int, most_values: int) -> Any:
    """The value that the UTF-8 text `data` holds; NaN and Infinity are numbers, as Python writes them. Raises
    InputError, in one sentence that begins with `name`, for more than `most_bytes` bytes, more than
    `most_values` values, more than 24 levels, and what is no JSON."""
    if len(data) > most_bytes:
        raise InputError(f"{name} has {_mb(len(data))} MB; at most {_mb(most_bytes)} MB are accepted.")
    bare = _STRING.sub(b"", data)
    values = sum(1 for _ in _VALUE.finditer(bare))
    if values > most_values:
        raise InputError(f"{name} holds {values:,} values; at most {most_values:,} are accepted.")
    depth = _depth(bare)
    if depth > MAX_DEPTH:
        raise InputError(f"{name} is nested {depth:,} levels deep; at most {MAX_DEPTH} are accepted.")
    try:
        return json.loads(data.decode())
    except ValueError as error:
        raise InputError(f"{name} is no JSON in UTF-8 ({type(error).__name__}).") from error


def check_characters(found: Any, name: str) -> None:
    """Raises InputError for half a character (a lone surrogate) in a text inside: JSON can spell one, and no
    file and no browser can be given it."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{name} holds half a character (a lone surrogate); whole ones are accepted."
        ) from None


def _depth(bare: bytes) -> int:
    """How many brackets are open at once, at most."""
    now = most = 0
    for bracket in _BRACKET.finditer(bare):
        now += 1 if bracket[0] in b"[{" else -1
        most = max(most, now)
    return most


def _mb(size: int) -> str:
    return f"{size / 1e6:,.3g}"
