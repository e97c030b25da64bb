"""In which order pictures are drawn, and which of them are independent."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..datasets import Dataset, Example

PIECE = 256  # pictures of one table at most, so that a long run needs no more memory than a short one


def drawn(dataset: Dataset, seed: int, most: int | None) -> Dataset:
    """At most `most` pictures in the order of a hash of seed, photographs and name: as good as at random,
    whatever order the set has, and those of one photograph one after another."""

    times = Counter(example.photographs for example in dataset.examples)

    def place(example: Example) -> tuple[bytes, str]:
        # where a file lies does not count, so that a folder may be moved
        parts = [part.rpartition("/")[2] for part in example.photographs]
        own = example.name if times[example.photographs] == 1 else parts
        return hashlib.sha256(repr((seed, own)).encode()).digest(), example.name

    return replace(dataset, examples=tuple(sorted(dataset.examples, key=place)[:most]))


def witnesses(examples: Sequence[Example]) -> np.ndarray:
    """(n,) numbers: pictures that share a photograph, or are linked by pictures that do, have the same."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for example in examples:
        first, *others = example.photographs
        for other in others:
            parent[root(other)] = root(first)
        root(first)
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(root(e.photographs[0]), len(numbers)) for e in examples], int)


def pieces(counts: Sequence[int]) -> list[tuple[int, int]]:
    """Ranges of pictures (first, end): each look ends at the end of one, and none is longer than PIECE."""
    found, start = [], 0
    for end in counts:
        found += [(first, min(first + PIECE, end)) for first in range(start, end, PIECE)]
        start = end
    return found
