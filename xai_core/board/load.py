"""A board's ZIP back as pins. Nothing is unpacked onto the disk, and nothing in it is believed."""

from __future__ import annotations

import dataclasses
import io
import re
import secrets
import struct
import threading
import zipfile
import zlib

from ..types import InputError
from .export_zip import FORMAT, VERSION
from .pin import Pin, from_record
from .plain_json import check_characters, read_json
from .schema import MAX_TITLE
from .store import MAX_PINS

MAX_MB = 400  # of all files together, unpacked
MAX_FILE_MB, MAX_MANIFEST_MB, MAX_MANIFEST_VALUES = (
    80,
    8,
    100_000,
)  # of a file; 80 is a picture of 20 megapixels
MAX_FILES = 1000  # in the archive; a hundred pins have some six hundred
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_ENTRY = b"PK\x01\x02"  # begins each entry of an archive's list of files
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ONE_AT_A_TIME = threading.Lock()  # the memory of many loads is that of one


def load_zip(data: bytes) -> tuple[Pin, ...]:
    """The pins of a ZIP of `board_zip`, in order, under new keys. Raises InputError, in one sentence, for
    what is no such ZIP, is damaged or too large, or whose pictures are not those that the manifest says."""
    return load_named_zip(data)[1]


def load_named_zip(data: bytes) -> tuple[str, tuple[Pin, ...]]:
    """`load_zip`, and before the pins the name of their board, "" for none."""
    if len(data) > MAX_MB * 1_000_000:
        raise InputError(f"The ZIP has {len(data) / 1e6:,.0f} MB; at most {MAX_MB} MB are accepted.")
    entries = data.count(_ENTRY)  # Python's reader builds an object for each before anybody can look
    if entries > MAX_FILES:
        raise InputError(f"The ZIP lists {entries:,} files; at most {MAX_FILES:,} are accepted.")
    try:
        with _ONE_AT_A_TIME, zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _named_pins(_Files(archive))
    except InputError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        RuntimeError,
        EOFError,
        ValueError,
        OSError,
    ) as error:
        raise InputError(f"This is no ZIP of a pinboard, or it is damaged ({error}).") from error


class _Files:
    """The files of an archive by name, within a budget of bytes that their headers cannot lie about. A file
    that several pins share is read once."""

    def __init__(self, archive: zipfile.ZipFile):
        self._archive, self._left = archive, MAX_MB * 1_000_000
        self._kept: dict[str, bytes] = {}

    def read(self, name: str, most_mb: int = MAX_FILE_MB) -> bytes:
        """The file. Raises InputError where there is none of that name, and for more than `most_mb`."""
        if name not in self._kept:
            self._kept[name] = self._unpacked(name, most_mb)
        return self._kept[name]

    def _unpacked(self, name: str, most_mb: int) -> bytes:
        if not _NAME.fullmatch(name):
            raise InputError(f"The manifest names the file {name[:60]!r}; a plain name is accepted.")
        try:
            how = self._archive.getinfo(name).compress_type
        except KeyError:
            raise InputError(f"The ZIP lacks the file {name!r}.") from None
        if how not in _PACKED:
            raise InputError(f"{name} is packed by method {how}; stored and deflated files are accepted.")
        most = most_mb * 1_000_000
        with self._archive.open(name) as file:
            data = file.read(min(self._left, most) + 1)
        if len(data) > most:
            raise InputError(f"{name} has more than {most_mb} MB.")
        self._left -= len(data)
        if self._left < 0:
            raise InputError(f"The ZIP holds more than {MAX_MB} MB.")
        return data


def _named_pins(files: _Files) -> tuple[str, tuple[Pin, ...]]:
    data = files.read("manifest.json", MAX_MANIFEST_MB)
    manifest = read_json(
        data, "The manifest.json of this ZIP", MAX_MANIFEST_MB * 1_000_000, MAX_MANIFEST_VALUES
    )
    if not isinstance(manifest, dict) or not {"format", "version", "pins"} <= set(manifest):
        raise InputError("The manifest.json of this ZIP is not that of a pinboard.")
    named, records = (manifest["format"], manifest["version"]), manifest["pins"]
    if named != (FORMAT, VERSION) or not isinstance(records, list):
        raise InputError(f"The manifest is of {str(named)[:60]}; {FORMAT!r} version {VERSION} is accepted.")
    if len(records) > MAX_PINS:
        raise InputError(f"The ZIP holds {len(records)} pins; {MAX_PINS} are accepted.")
    name = manifest.get("name", "")
    seen: set[tuple[bytes, str]] = set()
    pins = tuple(_checked(from_record(record, files.read), seen) for record in records)
    check_characters(name, "The name of the board")
    return (name[:MAX_TITLE] if isinstance(name, str) else ""), pins


def _checked(pin: Pin, seen: set[tuple[bytes, str]]) -> Pin:
    """The pin under a new key; its picture is decoded once, however many pins share it."""
    shown = pin.picture
    if shown is not None and (shown.file, shown.sha256) not in seen:
        shown.image()
        seen.add((shown.file, shown.sha256))
    return dataclasses.replace(pin, key=secrets.token_hex(8))
