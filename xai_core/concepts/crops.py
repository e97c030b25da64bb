"""Random square crops of what a network sees of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..network.handle import ModelHandle
from ..types import ImageInput, InputError

SHARPER = 2  # times the pixels of the network's input, from which crops are cut


@dataclass(frozen=True, eq=False)
class Crop:
    """A crop: the number of its picture, and its place and sides as shares of the view (top, left, height,
    width)."""

    image: ImageInput
    of: int
    box: tuple[float, float, float, float]


def random_crops(
    handle: ModelHandle, images: Sequence[ImageInput], count: int, side: float, seed: int = 0
) -> list[Crop]:
    """`count` crops of every picture, each `side` (0..1) of the view's sides. Raises InputError for a side
    or a count that is out of range."""
    if not 0 < side <= 1:
        raise InputError(f"side is {side!r}; more than 0 and at most 1 is accepted.")
    if count < 1:
        raise InputError(f"crops is {count!r}; at least 1 is accepted.")
    found = []
    for number, image in enumerate(images):
        rng = np.random.default_rng((seed, number))
        view = np.asarray(handle.view(image, SHARPER))
        h, w = view.shape[:2]
        height, width = max(1, round(side * h)), max(1, round(side * w))
        for _ in range(count):
            top, left = int(rng.integers(0, h - height + 1)), int(rng.integers(0, w - width + 1))
            pixels = np.ascontiguousarray(view[top : top + height, left : left + width])
            box = (top / h, left / w, height / h, width / w)
            found.append(Crop(ImageInput(pixels, "squash", image.name), number, box))
    return found
