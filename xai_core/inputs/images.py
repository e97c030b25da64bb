"""Anything that holds a picture -> a checked ImageInput, and an ImageInput -> a file that loads as the same
one.

Every refusal is one sentence. What a file may cost is checked before a pixel is decoded (`decoding`).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from ..types import FITS, ImageInput, InputError
from .decoding import ACCEPTED, DECODING, FIT_TEXT, FORMATS, decode, readable, shrunk_array, upright_rgb
from .decoding import own_fit as own_fit
from .limits import check_size

MAX_BYTES = 20_000_000
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")  # suffixes


def load_image(src: Any, fit: str | None = None, name: str | None = None) -> ImageInput:
    """A path, bytes, PIL image or uint8 (H, W, 3) array as an ImageInput: upright, RGB, 8 bits.

    Turned by its EXIF orientation; 16-bit greys are scaled to 8 bits; CMYK becomes RGB; transparency is laid
    on white; of an animation the first frame is taken; a longer side than 2,048 pixels is shrunk to that,
    except in a file of `to_png`; each of these is said in `notes`. `fit` is crop, squash or pad; None is what
    a file of `to_png` says, else crop. Raises InputError for anything that is no picture, is broken, larger
    than 20 MB, has more than 65 megapixels as a JPEG, 12 as a WebP file or 25 as any other file, less than 8
    pixels on a side, or is more than 20 times as long as wide."""
    if fit is not None and fit not in FITS:
        raise InputError(f"fit is {fit!r}; accepted are {', '.join(FITS)}.")
    if isinstance(src, ImageInput):
        return src.with_fit(fit or src.fit)
    if isinstance(src, np.ndarray):
        pixels, notes = shrunk_array(_checked_array(src))
        return ImageInput(pixels, fit or "crop", name or "array", notes)
    if isinstance(src, Image.Image):
        with DECODING, readable(name or "image"):
            check_size(src.width, src.height, name or "image")
            pixels, notes = upright_rgb(src, name or "image", src.size)
        return ImageInput(pixels, fit or own_fit(src), name or "image", notes)
    data, name = _read(src, name)
    pixels, notes, said = decode(data, name)
    return ImageInput(pixels, fit or said, name, notes)


def to_png(image: ImageInput) -> bytes:
    """The picture as a PNG file, pixel by pixel, with its fit beside it: `load_image` gives the same
    ImageInput back, so a network sees the same and answers the same."""
    text = PngImagePlugin.PngInfo()
    text.add_text(FIT_TEXT, image.fit)
    buffer = io.BytesIO()
    Image.fromarray(image.pixels).save(buffer, "PNG", pnginfo=text)
    return buffer.getvalue()


def upright_size(path: Path) -> tuple[int, int]:
    """(width, height) of a picture's file when it is turned upright, before it is shrunk. Raises InputError
    for what is no picture."""
    with readable(path.name), Image.open(path, formats=FORMATS) as picture:
        sideways = picture.getexif().get(0x0112) in range(5, 9)
        return (picture.height, picture.width) if sideways else picture.size


def pictures_in(folder: str | Path, nested: bool = False) -> list[Path]:
    """The picture files of a folder, by name, and of the folders in it if `nested`; raises InputError if
    there are none."""
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise InputError(f"There is no folder {str(folder)!r}.")
    files = path.rglob("*") if nested else path.iterdir()
    found = sorted(file for file in files if file.suffix.lower() in PICTURES)
    if not found:
        raise InputError(f"The folder {str(folder)!r} holds no picture ({', '.join(PICTURES)}).")
    return found


def _read(src: Any, name: str | None) -> tuple[bytes, str]:
    """The bytes and a display name of a path or of bytes."""
    if isinstance(src, (bytes, bytearray, memoryview)):
        data, name = bytes(src), name or "upload"
        size = len(data)
    elif isinstance(src, (str, Path)):
        path = Path(src)
        name = name or path.name
        try:
            if not path.is_file():
                raise InputError(f"There is no file {str(src)!r}.")
            size = path.stat().st_size
            data = path.read_bytes() if size <= MAX_BYTES else b""
        except OSError as error:
            raise InputError(f"The file {str(src)!r} cannot be read: {error.strerror}.") from error
    else:
        raise InputError(
            f"A {type(src).__name__} is no picture; accepted are a path, bytes, a PIL image "
            "or a uint8 (H, W, 3) array."
        )
    if size > MAX_BYTES:
        raise InputError(f"{name} has {size / 1e6:.0f} MB; at most {MAX_BYTES // 1_000_000} MB are accepted.")
    if not data:
        raise InputError(f"{name} is empty (0 bytes); accepted are {ACCEPTED} files.")
    return data, name


def _checked_array(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InputError(
            f"The array is {pixels.dtype} {pixels.shape}; a uint8 array of shape (H, W, 3) is accepted."
        )
    check_size(pixels.shape[1], pixels.shape[0], "The array")
    return pixels
