"""The superpixels of insertion and deletion: squares, a transformer's patches, or a labelled picture."""

from __future__ import annotations

import numpy as np

from ..network.handle import ModelHandle
from ..network.patches import PATCH, patch_labels
from ..types import InputError


def cells_of(handle: ModelHandle, superpixel: int | str, segments: np.ndarray | None) -> np.ndarray:
    """int64 (H, W): the superpixels that `curves` means by these arguments. Raises InputError."""
    if segments is not None:
        return _checked(handle, segments)
    if superpixel == PATCH:
        return patch_labels(handle.layers, handle.input_size)
    return superpixels(handle.input_size, superpixel)


def superpixels(size: tuple[int, int], side: int | str) -> np.ndarray:
    """int64 (H, W): squares of `side` pixels, numbered row by row; those at the right and lower border are
    cut off. Raises InputError for a side that is not 1 to half of the shorter side."""
    if not isinstance(side, (int, np.integer)) or isinstance(side, bool) or not 1 <= side <= min(size) // 2:
        raise InputError(f"superpixel is {side!r}; a whole number from 1 to {min(size) // 2} is accepted.")
    down, across = (np.arange(n) // side for n in size)
    return down[:, None] * (int(across[-1]) + 1) + across[None, :]


def _checked(handle: ModelHandle, segments: np.ndarray) -> np.ndarray:
    labels = np.unique(segments)
    if (
        np.shape(segments) != handle.input_size
        or len(labels) < 2
        or labels[0] != 0
        or labels[-1] != len(labels) - 1
    ):
        raise InputError(
            f"segments is {np.shape(segments)} with {len(labels)} labels; two or more, numbered from 0, on "
            f"the model's input {handle.input_size} are accepted."
        )
    return np.asarray(segments, np.int64)
