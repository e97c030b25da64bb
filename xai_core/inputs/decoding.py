"""A picture's file -> uint8 (H, W, 3) pixels, upright, in bounded memory and time.

Decoding takes four bytes a pixel and more, so the number of pixels is limited by format, one file is decoded
at a time, a large JPEG is decoded at a half, a quarter or an eighth of its size, and a picture with a side
over 2,048 pixels is shrunk before anything else is done to it. No network here sees more: the largest input
grid has 1,024 pixels. What has at most 2,048 pixels on a side, and what `to_png` wrote, keeps every pixel."""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..types import FITS, InputError
from .headers import jpeg_scans, webp_size
from .limits import MAX_PIXELS, OTHER_PIXELS, check_cost, check_size

SIDE = 2_048  # pixels on the longer side; a longer one is shrunk to it
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM")  # a phone's MPO opens as JPEG
FIT_TEXT = "saliency-lab-fit"  # a PNG text chunk
ACCEPTED = "JPEG, PNG, WebP, BMP or TIFF"
STRIP = 256  # rows that are copied at a time
TURNS = {  # by EXIF orientation: what makes the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DECODING = threading.Lock()  # one picture is decoded at a time


def decode(data: bytes, name: str) -> tuple[np.ndarray, tuple[str, ...], str]:
    """The pixels of a file, sentences on what was done to it, and the fit that it says. Raises InputError."""
    if b"<svg" in data[:2048].lower():
        raise InputError(
            f"{name} is an SVG drawing; accepted are {ACCEPTED} files, so export it as PNG first."
        )
    with DECODING, readable(name), warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        scans = jpeg_scans(data)
        canvas = webp_size(data)
        if canvas is not None:
            check_size(*canvas, name, MAX_PIXELS["WEBP"])
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            check_cost(picture, len(data), scans, name)
            whole = picture.size
            if scans and max(whole) > SIDE:
                picture.draft(picture.mode, _shrunk(whole))
            return *upright_rgb(picture, name, whole), own_fit(picture)


def own_fit(picture: Image.Image) -> str:
    """The fit that a file of `to_png` says; crop for any other."""
    said = picture.info.get(FIT_TEXT)
    return said if said in FITS else "crop"


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Pillow's many errors as one sentence."""
    try:
        yield
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        count = re.search(r"\d+", str(error))  # Pillow's sentence has the pixels, not the sides
        found = f"{int(count.group()) / 1e6:.0f} megapixels" if count else "too many pixels"
        raise InputError(
            f"{name} has {found}; at most {OTHER_PIXELS // 1_000_000} megapixels are accepted."
        ) from None
    except Exception as error:  # a broken file makes Pillow stumble in any way: TypeError, struct.error ...
        unknown = isinstance(error, UnidentifiedImageError)
        state = "is not a picture" if unknown else "is damaged or cut short"
        raise InputError(f"{name} {state}; accepted are {ACCEPTED} files.") from error


def upright_rgb(
    picture: Image.Image, name: str, whole: tuple[int, int]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The pixels, and sentences on what was done. `whole` is the size before a JPEG was decoded at reduced
    size."""
    notes = []
    if _is_animated(picture):
        picture.seek(0)
        notes.append("Only the first frame is used.")
    if picture.mode == "F":
        raise InputError(f"{name} holds floating-point greys; 8 or 16 bits a pixel are accepted.")
    deep = any(re.search(";16[BLN]", str(tile)) for tile in getattr(picture, "tile", ()))
    orientation = picture.getexif().get(0x0112)
    grey = picture.mode.startswith("I")
    upright = _grey_of_8_bits(picture) if grey else picture
    if max(whole) > SIDE and FIT_TEXT not in picture.info:
        small = _shrunk(whole)
        upright = _coloured(upright).resize(small, Image.Resampling.BICUBIC)
        sides = [f"{a} x {b}" if orientation not in range(5, 9) else f"{b} x {a}" for a, b in (whole, small)]
        notes.append(f"Shrunk from {sides[0]} to {sides[1]} pixels.")
    if orientation in TURNS:
        upright = upright.transpose(TURNS[orientation])
        notes.append("Turned upright as its EXIF orientation says.")
    if picture.mode == "CMYK":
        notes.append("Converted from CMYK to RGB.")
    if grey or deep:
        notes.append("Scaled from 16 to 8 bits a pixel.")
    if _may_be_transparent(upright):
        upright, hidden = _on_white(upright)
        if hidden:
            notes.append("Transparent parts are laid on white.")
    return _pixels(upright), tuple(notes)


def shrunk_array(pixels: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """uint8 (H, W, 3) with at most 2,048 pixels on the longer side, and the sentence that says so."""
    if max(pixels.shape[:2]) <= SIDE:
        return pixels, ()
    picture = Image.fromarray(pixels)
    return upright_rgb(picture, "The array", picture.size)


def _shrunk(size: tuple[int, int]) -> tuple[int, int]:
    """The size with the longer side 2,048, or as it is where that is no longer."""
    longer = max(size)
    return size if longer <= SIDE else (round(size[0] * SIDE / longer), round(size[1] * SIDE / longer))


def _is_animated(picture: Image.Image) -> bool:
    """Whether more than one frame follows; they are not counted, since a file may hold 150,000."""
    return bool(getattr(picture, "is_animated", False)) and picture.format != "MPO"


def _coloured(picture: Image.Image) -> Image.Image:
    """As it is where its values can be averaged; a palette, or black and white, as greys or colours."""
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode in ("L", "RGB", "CMYK", "LA", "RGBA") and "transparency" not in picture.info:
        return picture
    return picture.convert("RGBA" if _may_be_transparent(picture) else "RGB")


def _may_be_transparent(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info


def _on_white(picture: Image.Image) -> tuple[Image.Image, bool]:
    """The picture on white paper, and whether anything of it was transparent."""
    coloured = picture.convert("RGBA")
    hidden = coloured.getchannel("A").histogram()[255] < coloured.width * coloured.height
    paper = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(paper, coloured), hidden


def _grey_of_8_bits(picture: Image.Image) -> Image.Image:
    """Greys of more than 8 bits: 0..65535 -> 0..255, rounded, some rows at a time. No v / 257 lies half way
    between two whole numbers, so (v + 128) // 257 rounds it."""
    width, height = picture.size
    grey = np.empty((height, width), np.uint8)
    low, high = 65535, 0
    for top in range(0, height, STRIP):
        rows = np.asarray(picture.crop((0, top, width, min(top + STRIP, height)))).astype(np.int64)
        low, high = min(low, int(rows.min())), max(high, int(rows.max()))
        if low >= 0 and high <= 65535:
            grey[top : top + STRIP] = (rows + 128) // 257
    if low < 0 or high > 65535:
        raise InputError(f"The grey values run from {low:g} to {high:g}; 0 to 65535 are accepted.")
    return Image.fromarray(grey)


def _pixels(picture: Image.Image) -> np.ndarray:
    """uint8 (H, W, 3) that nobody else can write to, copied some rows at a time."""
    coloured = picture if picture.mode == "RGB" else picture.convert("RGB")
    width, height = coloured.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, STRIP):
        pixels[top : top + STRIP] = np.asarray(coloured.crop((0, top, width, min(top + STRIP, height))))
    pixels.flags.writeable = False
    return pixels
