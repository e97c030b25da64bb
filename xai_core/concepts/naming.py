"""dissect(): a name for every unit of chosen layers, in one table.

Back ends: "conse" (embedded), "openclip" (the reference of CLIP-Dissect, an optional requirement), and
"network_dissection" (pixel masks; `similarity` is then the IoU)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from ..network.batches import Progress, batch_size
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, IsCancelled, OnProgress
from .chance import chance_threshold
from .conse import Conse
from .layers import OUTPUT, checked_layers
from .network_dissection import BACKEND as NETWORK_DISSECTION
from .network_dissection import network_dissection
from .openclip import OpenClip
from .record import Recorder, Taker, length, shown
from .similarity import SIMILARITIES
from .similarity import similarity as similarity_of
from .table import UnitTable, rows_of, unit_table
from .words import category

BACKENDS = ("conse", "openclip", NETWORK_DISSECTION)


class Backend(Protocol):
    """Pictures and words in one space."""

    name: str

    def words(self) -> list[str]:
        """The words for units unless others are given."""

    def shares(self, handle: ModelHandle) -> bool:
        """Whether the output layer of the network under study is all that it needs."""

    def taker(self) -> Taker:
        """What has to see the pictures."""

    def images(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """(N, D), rows of length 1, from the taker's arrays."""

    def texts(self, words: Sequence[str]) -> np.ndarray:
        """(M, D), rows of length 1."""


def dissect(
    handle: ModelHandle,
    images: Iterable[ImageInput],
    layers: Sequence[str] | None = None,
    backend: str | Backend = "conse",
    similarity: str = "soft_wpmi",
    concepts: Sequence[str] | str | Path | None = None,
    pooling: str = "mean",
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> UnitTable:
    """One row a unit: layer, unit, description, similarity, category, runner_ups (the four next, "; "
    between), backend.

    `layers` are module paths, the heads of a block ("blocks.6 heads", where attention can be read), or
    "output"; None is the last three suggested module paths. `concepts` are the words to choose from, None the
    back end's own. For network_dissection they are names of colours, textures and drawn shapes, or a folder
    of masks; None is all colours and textures. A `ProbingSet` says which pictures share a photograph.
    `table.attrs` holds "thresholds" (layer -> similarity above which a unit counts as interpretable, see
    `chance`) and "measure". A unit that answers the same to every picture has no description and NaN.
    Raises InputError for anything unknown, Cancelled when `cancelled()` says so."""
    keys = checked_layers(handle, layers)
    if similarity not in SIMILARITIES:
        raise InputError(f"similarity is {similarity!r}; accepted are {', '.join(SIMILARITIES)}.")
    work = Progress(progress, cancelled, length(images))
    if backend == NETWORK_DISSECTION:
        return network_dissection(handle, images, keys, concepts, work)
    if concepts is not None and (isinstance(concepts, (str, Path)) or not len(concepts)):
        raise InputError(f"concepts is {concepts!r}; a list of at least one word is accepted.")
    maker = _backend(backend)
    words = list(dict.fromkeys(concepts)) if concepts is not None else maker.words()
    texts = maker.texts(words)
    values, pictures = watched(handle, images, keys, maker, pooling, work)
    shows = pictures @ texts.T
    photographs = getattr(images, "photographs", None)
    tables, thresholds = [], {}
    for layer in keys:
        work.check()
        found = similarity_of(similarity, values[layer], shows)
        thresholds[layer] = chance_threshold(similarity, values[layer], shows, photographs=photographs)
        tables.append(rows_of(layer, found, words, category, maker.name))
    return unit_table(tables, thresholds, similarity)


def watched(
    handle: ModelHandle,
    images: Iterable[ImageInput],
    layers: Sequence[str],
    maker: Backend,
    pooling: str,
    progress: Progress,
) -> tuple[Mapping[str, np.ndarray], np.ndarray]:
    """Activations by layer (N, units) and the pictures' embeddings (N, D), by one walk over the set."""
    size = batch_size(handle.device)
    if maker.shares(handle):
        (values,), _ = shown(images, [Recorder(handle, [*layers, OUTPUT], pooling)], size, progress)
        return values, maker.images(values)
    (values, seen), _ = shown(images, [Recorder(handle, layers, pooling), maker.taker()], size, progress)
    return values, maker.images(seen)


def _backend(backend: str | Backend) -> Backend:
    if backend == "conse":
        return Conse()
    if backend == "openclip":
        return OpenClip()
    if isinstance(backend, str):
        raise InputError(f"backend is {backend!r}; accepted are {', '.join(BACKENDS)}.")
    return backend
