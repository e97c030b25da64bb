"""A board's ZIP back as pins. Nothing is unpacked onto the disk, and nothing in it is believed."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import secrets
import zipfile
import zlib

from ..types import InputError
from .export_zip import FORMAT, VERSION
from .pin import MAX_TITLE, Pin, from_record
from .store import MAX_PINS

MAX_MB = 400  # of all files together, unpacked
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def load_zip(data: bytes) -> tuple[Pin, ...]:
    """The pins of a ZIP of `board_zip`, in order, under new keys. Raises InputError, in one sentence, for
    what is no such ZIP, is damaged or too large, or whose pictures are not those that the manifest says."""
    return load_named_zip(data)[1]


def load_named_zip(data: bytes) -> tuple[str, tuple[Pin, ...]]:
    """`load_zip`, and before the pins the name of their board, "" for none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _named_pins(_Files(archive))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(f"This is no ZIP of a pinboard, or it is damaged ({error}).") from error


class _Files:
    """The files of an archive by name, within a budget of bytes that their headers cannot lie about."""

    def __init__(self, archive: zipfile.ZipFile):
        self._archive, self._left = archive, MAX_MB * 1_000_000

    def read(self, name: str) -> bytes:
        if not _NAME.fullmatch(name):
            raise InputError(f"The manifest names the file {name[:60]!r}; a plain name is accepted.")
        try:
            with self._archive.open(name) as file:
                data = file.read(self._left + 1)
        except KeyError:
            raise InputError(f"The ZIP lacks the file {name!r}.") from None
        self._left -= len(data)
        if self._left < 0:
            raise InputError(f"The ZIP holds more than {MAX_MB} MB.")
        return data


def _named_pins(files: _Files) -> tuple[str, tuple[Pin, ...]]:
    try:
        manifest = json.loads(files.read("manifest.json"))
        named = (manifest["format"], manifest["version"])
        records = manifest["pins"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("The manifest.json of this ZIP is not that of a pinboard.") from error
    if named != (FORMAT, VERSION) or not isinstance(records, list):
        raise InputError(f"The manifest is of {str(named)[:60]}; {FORMAT!r} version {VERSION} is accepted.")
    if len(records) > MAX_PINS:
        raise InputError(f"The ZIP holds {len(records)} pins; {MAX_PINS} are accepted.")
    name = manifest.get("name", "")
    pins = tuple(_checked(from_record(record, files.read)) for record in records)
    return (name[:MAX_TITLE] if isinstance(name, str) else ""), pins


def _checked(pin: Pin) -> Pin:
    if pin.picture is not None:
        pin.picture.image()
    return dataclasses.replace(pin, key=secrets.token_hex(8))
