"""ImageNet's classes by WordNet id, as photographs of ImageNet carry it in their names (n01440764_tench.jpg).

The thousand ids of ILSVRC 2012, sorted, give the class index."""

from __future__ import annotations

import re
from functools import cache
from typing import Any


def class_of(name: str) -> int | None:
    """The ImageNet class of a file name that begins with a WordNet id; None for any other name."""
    found = re.match(r"n\d{8}(?!\d)", name)
    return _classes().get(found.group()) if found else None


SHARED = {
    134: "crane bird",
    639: "maillot tank suit",
}  # the names of two classes each, as torchvision parts them


def name_of(index: int) -> str:
    """The first name of an ImageNet class, as torchvision's labels have it."""
    return SHARED.get(index) or _imagenet().index_to_description(index).split(",")[0]


@cache
def _classes() -> dict[str, int]:
    return {synset: index for index, synset in enumerate(_imagenet().label_names())}


@cache
def _imagenet() -> Any:
    from timm.data.imagenet_info import ImageNetInfo

    return ImageNetInfo("imagenet-1k")
