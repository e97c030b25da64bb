"""Pictures, read, decoded and hashed once: samples, sets, datasets, and what a network sees of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

import xai_core as xai
from xai_core.arrays import read_only
from xai_core.datasets import Dataset, Example, open_dataset
from xai_core.figures import encode
from xai_core.inputs.images import MAX_BYTES
from xai_core.inputs.samples import load_sample, mosaic, sample_path, square

from ..state import visitors
from . import networks
from .memory import Memory, share

MEMORY = Memory(share(2))
MAX_MB = MAX_BYTES // 1_000_000  # of an uploaded picture
SHARP = 448  # pixels that a picture needs to stay sharp when it is shown large


def sample(key: str, fit: str) -> xai.ImageInput:
    """A picture of the gallery, or with "a+b" the mosaic of several."""
    keys = key.split("+")
    return MEMORY.make(
        ("sample", key, fit), lambda: load_sample(key, fit) if len(keys) == 1 else mosaic(keys, fit)
    )


@st.cache_data(ttl=60, show_spinner=False)
def sample_is_here(key: str) -> bool:
    """Whether a picture of the gallery needs no download; looked up again every minute."""
    return sample_path(key, fetch=False) is not None


def thumbnail(key: str) -> bytes:
    """A small square picture of a sample, as JPEG."""
    return MEMORY.make(("thumbnail", key), lambda: encode(square(load_sample(key).pixels, 112), "JPEG"))


def from_file(path: Path, fit: str, name: str) -> xai.ImageInput:
    """A picture in a file, read again only when the file has changed. Raises InputError."""
    key = ("file", *_stamp(path), fit, name)
    return MEMORY.make(key, lambda: xai.load_image(path, fit, name=name))


def from_upload(upload: str, data: bytes, fit: str, name: str) -> xai.ImageInput:
    """An uploaded picture; `upload` is the id that Streamlit gave it. Raises InputError."""
    return MEMORY.make(("upload", upload, fit, name), lambda: xai.load_image(data, fit, name=name))


def view(model: str, image: xai.ImageInput, scale: int = 0) -> np.ndarray:
    """uint8 (H*scale, W*scale, 3): the picture as the model sees it; scale 0 is as large as stays sharp."""
    network = networks.handle(model)
    scale = scale or max(2, -(-SHARP // max(network.input_size)))
    return MEMORY.make(
        ("view", network.grid, image.sha256, scale), lambda: read_only(network.view(image, scale))
    )


def dataset(source: str, model: str, class_map: tuple[tuple[str, str], ...], limit: int) -> Dataset:
    """The labelled pictures at `source`, at most `limit` of them (0: all), spread evenly over the set. A
    folder is listed again after ten minutes."""
    return _dataset(source, networks.handle(model).labels, class_map, limit)


@st.cache_resource(max_entries=8, ttl=600, show_spinner=False)
def _dataset(
    source: str, labels: Sequence[str], class_map: tuple[tuple[str, str], ...], limit: int
) -> Dataset:
    found = open_dataset(source, labels, dict(class_map))
    return found.spread(limit) if limit else found


def folder(named: str, model: str, class_map: tuple[tuple[str, str], ...], limit: int) -> Dataset:
    """The labelled pictures in a folder or file that a visitor named, as `dataset` gives them. Raises
    InputError also for what he may not look at, wherever links and annotations lead."""
    where = visitors.place(named)
    try:
        if visitors.leads_out(where if where.is_dir() else where.parent):
            raise xai.InputError(f"The folder {named!r} has links that lead out of what visitors may name.")
        found = dataset(str(where), model, class_map, limit)
    except xai.InputError as error:
        raise xai.InputError(visitors.without_root(str(error))) from None
    if not visitors.inside(Path(one.source) for one in found.examples):
        raise xai.InputError(f"The folder {named!r} names pictures that lie out of what visitors may name.")
    return found


def example(one: Example) -> xai.ImageInput:
    """A picture of a dataset, read again only when its file has changed. Raises InputError."""
    return MEMORY.make(("example", one, *_stamp(Path(one.source))), one.image)


def _stamp(path: Path) -> tuple[str, int, int]:
    """A file as it is now: its path, time and size."""
    found = path.stat() if path.is_file() else None
    return str(path), found.st_mtime_ns if found else 0, found.st_size if found else 0
