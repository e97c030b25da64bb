"""Which pictures a check looks at, and in which order.

The order follows from the seed and the pictures' names alone, so that neither the order of a folder nor that
of a list changes anything. For a verdict about all pictures like these, no photograph speaks twice: of
pictures that share one, the first in this order is taken."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path

from ..datasets import Dataset, Example, open_dataset
from ..datasets.example import pictures
from ..inputs.samples import samples
from ..types import InputError
from ._check import LIKE, PREDICTED, Check
from .kinds import find_kind

SAMPLES = "samples"


@dataclasses.dataclass(frozen=True)
class Units:
    """The pictures in their order, and how many were left out because they share a photograph, or have no
    box. `total` is their number where they are all that the verdict is about, else None."""

    examples: tuple[Example, ...]
    shared: int
    unboxed: int
    total: int | None


def units_of(data: Dataset, check: Check) -> Units:
    """The pictures of the data for this check. Raises InputError where there are none."""
    kind = find_kind(check.kind)
    examples = [_with_boxes(example, check) for example in data.examples]
    fitting = [e for e in examples if e.boxes] if kind.boxed else examples
    if not fitting:
        what = "picture with a box" if kind.boxed else "picture"
        raise InputError(f"{data.name} has no {what}, which the check {check.kind!r} needs.")
    order = sorted(fitting, key=lambda example: _place(example, check.seed))
    kept = _alone(order) if check.about == LIKE else order
    taken = tuple(kept[: check.limit])
    total = None if check.about == LIKE else len(taken)
    return Units(taken, len(order) - len(kept), len(examples) - len(fitting), total)


def seed_of(example: Example, seed: int) -> int:
    """A seed of the picture's own."""
    return int.from_bytes(_place(example, seed)[:4])


def open_pictures(
    source: str | Path, labels: Sequence[str], class_map: str | Path | None, checks: Sequence[Check]
) -> Dataset:
    """The data of these checks: a labelled set, as `open_dataset` reads it; where no check needs classes or
    boxes also the samples, or any folder of pictures. Raises InputError."""
    if any(c.explain != PREDICTED or (find_kind(c.kind).boxed and c.boxes is None) for c in checks):
        return open_dataset(source, labels, class_map)
    if str(source) == SAMPLES:
        kept = [Example(s.label, key, s.label, s.classes) for key, s in samples().items() if s.package]
        return Dataset(SAMPLES, tuple(kept))
    folder = Path(source).expanduser()
    if not folder.is_dir():
        return open_dataset(source, labels, class_map)
    places = [folder, *(place for place in sorted(folder.rglob("*")) if place.is_dir())]
    files = [file for place in places for file in pictures(place)]
    if not files:
        raise InputError(f"{str(source)!r} holds no picture.")
    names = [file.relative_to(folder).as_posix() for file in files]
    return Dataset(folder.name, tuple(Example(n, str(f), "", ()) for n, f in zip(names, files, strict=True)))


def _with_boxes(example: Example, check: Check) -> Example:
    if check.boxes is None:
        return example
    return dataclasses.replace(example, boxes=tuple(check.boxes.get(example.name, ())), size=None)


def _place(example: Example, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}|{example.name}".encode()).digest()


def _alone(examples: Sequence[Example]) -> list[Example]:
    """Those that show no photograph that one before them shows."""
    seen: set[str] = set()
    kept = []
    for example in examples:
        if seen.isdisjoint(example.photographs):
            kept.append(example)
            seen.update(example.photographs)
    return kept
