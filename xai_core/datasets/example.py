"""A labelled picture that has not been read yet, and a set of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..inputs import corruptions, shapes
from ..inputs.images import PICTURES, load_image, upright_size
from ..inputs.samples import load_sample, mosaic, samples
from ..types import Box, ImageInput, InputError
from . import cifar10


@dataclass(frozen=True)
class Example:
    """A picture that has not been read yet. `source` is its file, picture 17 of a file that holds many
    ("test_batch.bin#17"), the key of a drawn picture, or the keys of samples ("a+b" a mosaic); `targets` are
    the model's classes that are right, `label` the dataset's name for it; `boxes` lie in pixels of a picture
    of `size` (width, height), or of the file's own size where that is None."""

    name: str
    source: str
    label: str
    targets: tuple[int, ...]
    boxes: tuple[Box, ...] = ()
    size: tuple[int, int] | None = None
    corruption: str = ""
    strength: int = 0

    @property
    def target(self) -> int:
        """The first of the right classes."""
        return self.targets[0]

    @property
    def photographs(self) -> tuple[str, ...]:
        """What the picture is made of: the parts of a mosaic, the sample behind a corruption, else itself."""
        return tuple(self.source.split("+")) if self._is_mosaic() else (self.source,)

    def _is_mosaic(self) -> bool:
        return self.source not in samples() and "+" in self.source and not Path(self.source).exists()

    def mask(self) -> np.ndarray | None:
        """bool (H, W): which pixels of a drawn picture are the shape of this class; None for any other."""
        if not shapes.is_key(self.source):
            return None
        drawn = shapes.drawing(self.source)
        return drawn.masks[drawn.labels.index(self.label)]

    def image(self, fit: str = "crop") -> ImageInput:
        """The picture with its boxes. Raises InputError for a file that cannot be read."""
        if self.source in samples() or shapes.is_key(self.source):
            image = load_sample(self.source, fit)
        elif self._is_mosaic():
            image = mosaic(self.source.split("+"), fit)
        elif cifar10.is_packed(self.source):
            image = load_image(cifar10.pixels(self.source), fit, name=self.name)
        else:
            image = load_image(Path(self.source), fit, name=self.name)
        if self.corruption:
            pixels = corruptions.corrupt(image.pixels, self.corruption, self.strength)
            image = ImageInput(pixels, fit, self.name)
        if not self.boxes:
            return image
        width, height = self.size or self._own_size(image)
        across, down = image.pixels.shape[1] / width, image.pixels.shape[0] / height
        moved = [Box(b.label, b.x0 * across, b.y0 * down, b.x1 * across, b.y1 * down) for b in self.boxes]
        return replace(image, boxes=tuple(moved))

    def _own_size(self, image: ImageInput) -> tuple[int, int]:
        """(width, height) of the file, which may have more pixels than the picture that was made of it."""
        if Path(self.source).is_file():
            return upright_size(Path(self.source))
        return image.pixels.shape[1], image.pixels.shape[0]


@dataclass(frozen=True)
class Dataset:
    """Examples in a fixed order; `notes` are sentences on what was left out."""

    name: str
    examples: tuple[Example, ...]
    notes: tuple[str, ...] = ()

    def spread(self, limit: int) -> Dataset:
        """At most `limit` of the examples, evenly spaced, so that a set sorted by class keeps its classes."""
        count = len(self.examples)
        if count <= limit:
            return self
        return replace(self, examples=tuple(self.examples[i * count // limit] for i in range(limit)))

    @cached_property
    def fingerprint(self) -> str:
        """What names this set in memory: sha256 of all examples, and of the times and sizes of their files as
        they were when it was first asked for."""
        found = hashlib.sha256(self.name.encode())
        for e in self.examples:
            file = Path(e.source)
            stamp = file.stat() if file.is_file() else None
            found.update(repr((e, stamp and (stamp.st_mtime_ns, stamp.st_size))).encode())
        return found.hexdigest()

    def digest(self) -> str:
        """16 hex digits of what would be measured: names, files' names and sizes, classes and boxes. Files
        are not read, and where they lie does not count."""
        found = hashlib.sha256()
        for e in self.examples:
            file = Path(e.source)
            size = file.stat().st_size if file.is_file() else None
            found.update(repr((replace(e, source=file.name), size)).encode())
        return found.hexdigest()[:16]


def class_named(name: str, classes: Mapping[str, int]) -> int:
    """The class of a dataset's name; raises InputError where there is none."""
    spoken = name.lower().replace("_", " ")
    for candidate in (name.lower(), spoken):
        if candidate in classes:
            return classes[candidate]
    raise InputError(f"The dataset's class {name!r} is no class of the model; name one in a class map.")


def dataset(name: str, found: list[Example], where: Path, notes: Iterable[str] = ()) -> Dataset:
    """The set, which must not be empty; `notes` on what was left out then say why it is."""
    if not found:
        nothing = f"{str(where)!r} holds no labelled picture that is on this machine."
        raise InputError(" ".join(filter(None, [nothing, *notes])))
    seen: dict[str, int] = {}
    for place, example in enumerate(found):  # results are told apart by name
        seen[example.name] = seen.get(example.name, 0) + 1
        if seen[example.name] > 1:
            found[place] = replace(example, name=f"{example.name} ({seen[example.name]})")
    return Dataset(name, tuple(found))


def pictures(folder: Path) -> list[Path]:
    """The picture files of a folder, by name."""
    return sorted(f for f in folder.iterdir() if f.suffix.lower() in PICTURES)
