"""The grid of patches into which a transformer cuts its input."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..types import InputError, LayerSpec

PATCH = "patch"  # superpixels that are the network's own patches
DROP = "drop"  # the baseline that leaves patches out instead of painting over them


def patch_grid(layers: Iterable[LayerSpec]) -> tuple[int, int]:
    """(h, w): the patches of a network with these layers. Raises InputError for a network without tokens."""
    sizes = [layer.size for layer in layers if layer.prefix is not None]
    if not sizes:
        raise InputError("This network does not cut its input into patches that stay tokens; choose pixels.")
    return sizes[0]


def patch_labels(layers: Iterable[LayerSpec], size: tuple[int, int]) -> np.ndarray:
    """int64 (H, W): the patch in which each pixel of an input of that size lies, numbered row by row."""
    (h, w), (height, width) = patch_grid(layers), size
    down, across = np.arange(height) * h // height, np.arange(width) * w // width
    return down[:, None] * w + across[None, :]


def patch_side(layers: Iterable[LayerSpec], size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of a patch in pixels, for an input of that size."""
    (h, w), (height, width) = patch_grid(layers), size
    return height // h, width // w
