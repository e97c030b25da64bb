"""What the first bytes of a picture's file say, read before Pillow opens it: the sides of a WebP file, and
whether a JPEG is read in one scan.

Pillow allocates a WebP file's whole canvas when it opens the file. A JPEG in several scans, such as a
progressive one, keeps the coefficients of the whole picture in memory even where it is decoded at reduced
size, and each scan visits all of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SCANNED_ONCE = (0xC0, 0xC1)  # frames that are baseline or extended sequential
_FRAMES = tuple(marker for marker in range(0xC0, 0xD0) if marker not in (0xC4, 0xC8, 0xCC))
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))
_SCAN = 0xDA


def webp_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) of the canvas of a WebP file; None for any other file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def jpeg_scans(data: bytes) -> int:
    """In how many scans a JPEG is read, at least: 1 where its first scan holds all components of a frame that
    is read once; else the number of all scans, 2 or more. 0 for any other file."""
    if data[:2] != b"\xff\xd8":
        return 0
    components, once = 0, True
    for marker, body in _segments(data):
        if marker in _FRAMES and len(body) > 5:
            components, once = body[5], marker in _SCANNED_ONCE
        elif marker == _SCAN and body and once and body[0] == components:
            return 1
    return max(2, data.count(bytes((0xFF, _SCAN))))


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker and the body of each segment, up to the header of the first scan."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        yield marker, data[place + 4 : place + 2 + length]
        if marker == _SCAN or length < 2:
            return
        place += 2 + length
