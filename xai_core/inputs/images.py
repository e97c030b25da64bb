"""Anything that holds a picture -> a checked ImageInput, and an ImageInput -> a file that loads as the same
one.

Every refusal is one sentence. Sizes are read from the file's header and checked before a pixel is decoded.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from ..types import FITS, ImageInput, InputError

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
MIN_SIDE = 8
MAX_ASPECT = 20
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM")  # a phone's MPO opens as JPEG
FIT_TEXT = "saliency-lab-fit"  # a PNG text chunk
ACCEPTED = "JPEG, PNG, WebP, BMP or TIFF"
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")  # suffixes


def load_image(src: Any, fit: str | None = None, name: str | None = None) -> ImageInput:
    """A path, bytes, PIL image or uint8 (H, W, 3) array as an ImageInput: upright, RGB, 8 bits.

    Turned by its EXIF orientation; 16-bit greys are scaled to 8 bits; CMYK becomes RGB; transparency is laid
    on white; of an animation the first frame is taken; each of these is said in `notes`. `fit` is crop,
    squash or pad; None is what a file of `to_png` says, else crop. Raises InputError for anything that is no
    picture, is broken, larger than 20 MB or 50 megapixels, smaller than 8 pixels on a side, or more than 20
    times as long as wide."""
    if fit is not None and fit not in FITS:
        raise InputError(f"fit is {fit!r}; accepted are {', '.join(FITS)}.")
    if isinstance(src, ImageInput):
        return src.with_fit(fit or src.fit)
    if isinstance(src, np.ndarray):
        return ImageInput(_checked_array(src), fit or "crop", name or "array")
    if isinstance(src, Image.Image):
        with _readable(name or "image"):
            pixels, notes = _upright_rgb(src, name or "image")
        return ImageInput(pixels, fit or own_fit(src), name or "image", notes)
    data, name = _read(src, name)
    pixels, notes, said = _decode(data, name)
    return ImageInput(pixels, fit or said, name, notes)


def to_png(image: ImageInput) -> bytes:
    """The picture as a PNG file, pixel by pixel, with its fit beside it: `load_image` gives the same
    ImageInput back, so a network sees the same and answers the same."""
    text = PngImagePlugin.PngInfo()
    text.add_text(FIT_TEXT, image.fit)
    buffer = io.BytesIO()
    Image.fromarray(image.pixels).save(buffer, "PNG", pnginfo=text)
    return buffer.getvalue()


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


def _decode(data: bytes, name: str) -> tuple[np.ndarray, tuple[str, ...], str]:
    if b"<svg" in data[:2048].lower():
        raise InputError(
            f"{name} is an SVG drawing; accepted are {ACCEPTED} files, so export it as PNG first."
        )
    with _readable(name), warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            return *_upright_rgb(picture, name), own_fit(picture)


def own_fit(picture: Image.Image) -> str:
    """The fit that a file of `to_png` says; crop for any other."""
    said = picture.info.get(FIT_TEXT)
    return said if said in FITS else "crop"


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Pillow's many errors as one sentence."""
    try:
        yield
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        count = re.search(r"\d+", str(error))  # Pillow's sentence has the pixels, not the sides
        found = f"{int(count.group()) / 1e6:.0f} megapixels" if count else "too many pixels"
        raise InputError(
            f"{name} has {found}; at most {MAX_PIXELS // 1_000_000} megapixels are accepted."
        ) from None
    except Exception as error:  # a broken file makes Pillow stumble in any way: TypeError, struct.error ...
        unknown = isinstance(error, UnidentifiedImageError)
        state = "is not a picture" if unknown else "is damaged or cut short"
        raise InputError(f"{name} {state}; accepted are {ACCEPTED} files.") from error


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{name} has {width} x {height} pixels; "
            f"at most {MAX_PIXELS // 1_000_000} megapixels are accepted."
        )
    if min(width, height) < MIN_SIDE:
        raise InputError(
            f"{name} has {width} x {height} pixels; at least {MIN_SIDE} on each side are needed."
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise InputError(
            f"{name} has {width} x {height} pixels; at most {MAX_ASPECT} times as long as wide is accepted."
        )


def _upright_rgb(picture: Image.Image, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    _check_size(picture.width, picture.height, name)
    notes = []
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and picture.format != "MPO":
        picture.seek(0)
        notes.append(f"Only the first of {frames} frames is used.")
    deep = any(re.search(";16[BLN]", str(tile)) for tile in getattr(picture, "tile", ()))
    turned = picture.getexif().get(0x0112) in range(2, 9)
    upright = ImageOps.exif_transpose(picture) if turned else picture
    if turned:
        notes.append("Turned upright as its EXIF orientation says.")
    if upright.mode == "CMYK":
        notes.append("Converted from CMYK to RGB.")
    if upright.mode == "F":
        raise InputError(f"{name} holds floating-point greys; 8 or 16 bits a pixel are accepted.")
    if upright.mode.startswith("I") or deep:
        notes.append("Scaled from 16 to 8 bits a pixel.")
    if upright.mode.startswith("I"):
        return _grey_to_rgb(np.asarray(upright, dtype=np.float64)), tuple(notes)
    if upright.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in upright.info:
        coloured = upright.convert("RGBA")
        if np.asarray(coloured.getchannel("A")).min() < 255:
            notes.append("Transparent parts are laid on white.")
        paper = Image.new("RGBA", coloured.size, "white")
        upright = Image.alpha_composite(paper, coloured)
    return np.asarray(upright.convert("RGB")), tuple(notes)


def _grey_to_rgb(grey: np.ndarray) -> np.ndarray:
    """Greys of more than 8 bits: 0..65535 -> 0..255, rounded."""
    if grey.min() < 0 or grey.max() > 65535:
        raise InputError(
            f"The grey values run from {grey.min():g} to {grey.max():g}; 0 to 65535 are accepted."
        )
    return np.repeat(np.rint(grey / 257).astype(np.uint8)[..., None], 3, axis=2)


def _checked_array(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InputError(
            f"The array is {pixels.dtype} {pixels.shape}; a uint8 array of shape (H, W, 3) is accepted."
        )
    _check_size(pixels.shape[1], pixels.shape[0], "The array")
    return pixels
