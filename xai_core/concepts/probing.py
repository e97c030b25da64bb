"""Probing sets: the pictures over which units are watched, made or read one at a time, when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import overload

import numpy as np

from ..inputs.corruptions import KINDS, corrupt
from ..inputs.images import load_image, pictures_in
from ..inputs.samples import load_sample, samples
from ..types import ImageInput, InputError

CROPS = ((1.0, 1), (0.7, 2), (0.5, 3), (0.33, 4))  # side as a share of the picture's, places along each side
STRENGTH = 2  # of corruption


class ProbingSet(Sequence[ImageInput]):
    """A name and one loader a picture. No picture is kept: walking over the set again loads it again.

    `photographs` says for each picture which photograph it was made from: crops and corruptions of one do not
    speak independently. By default every picture is a photograph of its own."""

    def __init__(
        self, name: str, loaders: Sequence[Callable[[], ImageInput]], photographs: Sequence[str] | None = None
    ):
        self.name, self._loaders = name, tuple(loaders)
        own = [str(number) for number in range(len(self._loaders))]
        self.photographs = tuple(photographs if photographs is not None else own)
        if len(self.photographs) != len(self._loaders):
            raise InputError(
                f"photographs has {len(self.photographs)} names; the set has {len(self._loaders)} pictures."
            )
        self._digests: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self._loaders)

    @overload
    def __getitem__(self, index: int) -> ImageInput: ...

    @overload
    def __getitem__(self, index: slice) -> ProbingSet: ...

    def __getitem__(self, index: int | slice) -> ImageInput | ProbingSet:
        if isinstance(index, slice):
            return ProbingSet(self.name, self._loaders[index], self.photographs[index])
        return self._loaders[index]()

    def __iter__(self) -> Iterator[ImageInput]:
        for load in self._loaders:
            yield load()

    def digests(self, check: Callable[[], None] = lambda: None) -> tuple[str, ...]:
        """The sha256 of every picture, found out once; `check` is called before each."""
        if self._digests is None:
            found = []
            for load in self._loaders:
                check()
                found.append(load().sha256)
            self._digests = tuple(found)
        return self._digests

    def readable(self) -> tuple[ProbingSet, list[str]]:
        """The same set without the pictures that cannot be read, and the sentences that say why not."""
        loaders, photographs, digests, errors = [], [], [], []
        for load, photograph in zip(self._loaders, self.photographs, strict=True):
            try:
                digests.append(load().sha256)
                loaders.append(load)
                photographs.append(photograph)
            except InputError as error:
                errors.append(str(error))
        found = ProbingSet(self.name, loaders, photographs)
        found._digests = tuple(digests)
        return found, errors


@cache
def embedded() -> ProbingSet:
    """The `varied` samples that pip packages ship: several hundred pictures without any data."""
    return varied(
        "samples", {key: partial(load_sample, key) for key, one in samples().items() if one.package}
    )


def varied(name: str, photographs: Mapping[str, Callable[[], ImageInput]]) -> ProbingSet:
    """Crops of photographs, from the whole picture to a third of its side, and the whole picture under each
    corruption: 35 pictures of each photograph. A loader is called for each of them."""
    crops = [(side, x, y) for side, count in CROPS for y in _places(count) for x in _places(count)]
    loaders = [_crop(load, *crop) for load in photographs.values() for crop in crops]
    loaders += [_corrupted(load, kind) for load in photographs.values() for kind in KINDS]
    from_which = [key for key in photographs for _ in crops] + [key for key in photographs for _ in KINDS]
    return ProbingSet(name, loaders, from_which)


def folder(path: str | Path, limit: int | None = None) -> ProbingSet:
    """The pictures of a folder and of the folders in it, by name; the first `limit` of them. Raises
    InputError if there are none."""
    files = pictures_in(path, nested=True)[:limit]
    return ProbingSet(Path(path).name, [partial(load_image, file) for file in files])


def _places(count: int) -> list[float]:
    return np.linspace(0, 1, count).tolist() if count > 1 else [0.5]


def _crop(photograph: Callable[[], ImageInput], side: float, x: float, y: float) -> Callable[[], ImageInput]:
    def load() -> ImageInput:
        whole = photograph()
        pixels = whole.pixels
        height, width = (max(1, round(side * n)) for n in pixels.shape[:2])
        top, left = round(y * (pixels.shape[0] - height)), round(x * (pixels.shape[1] - width))
        name = f"{whole.name}, {100 * side:.0f} % at {100 * x:.0f}, {100 * y:.0f}"
        return ImageInput(pixels[top : top + height, left : left + width], name=name)

    return load


def _corrupted(photograph: Callable[[], ImageInput], kind: str) -> Callable[[], ImageInput]:
    def load() -> ImageInput:
        whole = photograph()
        return ImageInput(corrupt(whole.pixels, kind, STRENGTH), name=f"{whole.name}, {kind}")

    return load
