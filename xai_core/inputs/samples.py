"""The sample gallery: pictures that pip packages ship, ten ImageNet photographs that are fetched, and
mosaics.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from ..data import data_file
from ..disk import folder_of
from ..types import Box, ImageInput, InputError
from . import shapes
from .images import load_image

MANIFEST = data_file("samples.json")
MOSAIC_SIDE = 512


@dataclass(frozen=True)
class Sample:
    """A picture of the gallery. `package` and `file` say where it lies, or `url` whence it is fetched
    (`sha256` pinned).
    """

    key: str
    label: str
    source: str
    licence: str
    file: str
    sha256: str
    package: str = ""
    url: str = ""
    classes: tuple[int, ...] = ()


@cache
def samples() -> dict[str, Sample]:
    """All samples by key, those shipped with packages first, in the order of data/samples.json."""
    rows = json.loads(MANIFEST.read_text())
    return {row["key"]: Sample(**{**row, "classes": tuple(row["classes"])}) for row in rows}


def sample_path(key: str, fetch: bool = True) -> Path | None:
    """The file of a sample on this machine; fetched ones are downloaded if `fetch`, else None when absent.

    Looks in the package, then in the folder XAI_SAMPLES_DIR, then in the download cache. Raises InputError
    for an unknown key or when the download fails."""
    sample = _sample(key)
    if sample.package:
        spec = importlib.util.find_spec(sample.package)
        if spec is None or not spec.submodule_search_locations:
            raise InputError(
                f"The sample {key!r} comes with the package {sample.package}, which is not installed."
            )
        return Path(next(iter(spec.submodule_search_locations))) / sample.file
    folder = os.environ.get("XAI_SAMPLES_DIR")
    if folder and (Path(folder) / sample.file).is_file():
        return Path(folder) / sample.file
    return _cached_or_fetched(sample, fetch)


def _cached_or_fetched(sample: Sample, fetch: bool) -> Path | None:
    import pooch

    cache_folder = folder_of("", "samples")
    cached = cache_folder / sample.file
    if cached.is_file() and pooch.file_hash(str(cached)) == sample.sha256:
        return cached
    if not fetch:
        return None
    pooch.get_logger().setLevel(logging.WARNING)
    try:
        downloader = pooch.HTTPDownloader(timeout=20)
        return Path(
            pooch.retrieve(
                sample.url, f"sha256:{sample.sha256}", sample.file, cache_folder, downloader=downloader
            )
        )
    except (OSError, ValueError) as error:
        folder = os.environ.get("XAI_SAMPLES_DIR") or cache_folder
        raise InputError(
            f"The photograph {sample.label!r} is not on this machine and could not be fetched: "
            f"connect to the network, or put {sample.file} into {folder}."
        ) from error


def load_sample(key: str, fit: str = "crop") -> ImageInput:
    """A picture of the gallery, or a drawn one ("shapes-1-17"), as an ImageInput."""
    if shapes.is_key(key):
        return shapes.drawn_picture(key, fit)
    sample = _sample(key)
    if not sample.package:  # a file that may come, go or change
        return load_image(sample_path(key), fit, name=sample.label)
    return _shipped(key).with_fit(fit)


@cache
def _shipped(key: str) -> ImageInput:
    """A sample of a package, decoded once: a set of corrupted samples asks for each of them forty times."""
    return load_image(sample_path(key), name=_sample(key).label)


def mosaic(keys: list[str] | tuple[str, ...], fit: str = "crop") -> ImageInput:
    """Two samples side by side, or four in a square, so that several classes stand in one picture of known
    boxes.

    Each tile is the centre of its sample. Raises InputError unless there are 2 or 4 keys.
    """
    if len(keys) not in (2, 4):
        raise InputError(f"A mosaic has {len(keys)} pictures; 2 or 4 are accepted.")
    rows, side = len(keys) // 2, MOSAIC_SIDE
    tile_h, tile_w = side // rows, side // 2
    canvas = np.empty((side, side, 3), np.uint8)
    boxes = []
    for number, key in enumerate(keys):
        y, x = divmod(number, 2)
        tile = _centre(load_sample(key).pixels, tile_h, tile_w)
        canvas[y * tile_h : (y + 1) * tile_h, x * tile_w : (x + 1) * tile_w] = tile
        boxes.append(Box(_sample(key).label, x * tile_w, y * tile_h, (x + 1) * tile_w, (y + 1) * tile_h))
    name = "Mosaic of " + ", ".join(_sample(key).label.lower() for key in keys)
    return ImageInput(canvas, fit, name, boxes=tuple(boxes))


def square(pixels: np.ndarray, side: int) -> np.ndarray:
    """The largest centred square of a picture, resized to uint8 (side, side, 3)."""
    return _centre(pixels, side, side)


def _centre(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """The largest centred part of that shape, resized to (height, width)."""
    source_h, source_w = pixels.shape[:2]
    factor = min(source_h / height, source_w / width)
    crop_h, crop_w = height * factor, width * factor
    left, top = (source_w - crop_w) / 2, (source_h - crop_h) / 2
    box = (left, top, left + crop_w, top + crop_h)
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC, box=box))


def _sample(key: str) -> Sample:
    found = samples().get(key)
    if found is None:
        raise InputError(f"There is no sample {key!r}; the samples are {', '.join(samples())}.")
    return found
