"""What a picture may cost, checked before a pixel is decoded: each refusal is one sentence.

Decoding takes about four bytes a pixel. The limits keep any file under 300 MB and two seconds
(tests/hostile/test_pictures.py measures them)."""

from __future__ import annotations

from PIL import Image

from ..types import InputError

MIN_SIDE = 8
MAX_ASPECT = 20
# By format: a phone's 64 megapixels are 9,248 x 6,936. WebP takes 20 bytes a pixel while it is decoded.
MAX_PIXELS = {"JPEG": 65_000_000, "MPO": 65_000_000, "WEBP": 12_000_000}
OTHER_PIXELS = 25_000_000
MANY_SCANS = 64  # of a JPEG; a progressive one has about ten
SLOW = ("bmp_rle", "ppm", "ppm_plain")  # what Pillow decodes in Python, a million bytes or pixels a second
SLOW_PIXELS, SLOW_BYTES = 500_000, 2_000_000
PART_BYTES = 150_000_000  # of a TIFF's tile or strip, which is decoded as a whole beside the picture
BITS, SAMPLES, ROWS, TILE_WIDTH, TILE_LENGTH = 258, 277, 278, 322, 323  # TIFF's tags


def check_size(width: int, height: int, name: str, most: int = MAX_PIXELS["JPEG"], what: str = "") -> None:
    """Refuse a picture of more than `most` pixels, of less than 8 on a side, or of a very long shape. `what`
    says of which kind of file the limit is."""
    if width * height > most:
        raise InputError(
            f"{name} has {width} x {height} pixels; at most {most / 1e6:g} megapixels are accepted{what}."
        )
    if min(width, height) < MIN_SIDE:
        raise InputError(
            f"{name} has {width} x {height} pixels; at least {MIN_SIDE} on each side are needed."
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise InputError(
            f"{name} has {width} x {height} pixels; at most {MAX_ASPECT} times as long as wide is accepted."
        )


def check_cost(picture: Image.Image, size: int, scans: int, name: str) -> None:
    """Refuse what would take too much memory or time to decode; `size` is that of the file."""
    most = MAX_PIXELS.get(str(picture.format), OTHER_PIXELS)
    what = ""
    if scans > 1:
        most, what = OTHER_PIXELS, " of a progressive JPEG"
    if any(tile[0] in SLOW for tile in getattr(picture, "tile", ())):
        most, what = SLOW_PIXELS, f" of a {picture.format} file of this kind"
        if size > SLOW_BYTES:
            raise InputError(
                f"{name} has {size / 1e6:.0f} MB; at most {SLOW_BYTES // 1_000_000} MB are accepted{what}."
            )
    check_size(picture.width, picture.height, name, most, what)
    _check_parts(picture, name)
    if scans > MANY_SCANS:
        raise InputError(f"{name} is a JPEG of {scans:,} scans; at most {MANY_SCANS} are accepted.")


def _check_parts(picture: Image.Image, name: str) -> None:
    """Refuse a TIFF whose tiles or strips are too large."""
    tags = getattr(picture, "tag_v2", None)
    if tags is None:
        return
    if TILE_WIDTH in tags:
        what, pixels = "tile", tags[TILE_WIDTH] * tags.get(TILE_LENGTH, 0)
    else:
        what, pixels = "strip", picture.width * min(tags.get(ROWS, picture.height), picture.height)
    bits = tags.get(BITS, 1)
    size = pixels * tags.get(SAMPLES, 1) * (max(bits) if isinstance(bits, tuple) else bits) // 8
    if size > PART_BYTES:
        raise InputError(
            f"{name} has a {what} of {size / 1e6:,.0f} MB; at most {PART_BYTES // 1_000_000} MB are accepted "
            f"of a {what}."
        )
