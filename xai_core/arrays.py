"""What results need of arrays: memory that nobody else can write to, and bilinear resizing."""

from __future__ import annotations

import numpy as np


def read_only(values: np.ndarray) -> np.ndarray:
    """The same values in memory that nobody else can write to."""
    if not values.flags.writeable and values.flags.c_contiguous and values.base is None:
        return values
    values = np.array(values, order="C")
    values.flags.writeable = False
    return values


def bilinear(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize (h, w) to `size` = (H, W) bilinearly, half-pixel centres, edges clamped; returns float32."""
    if values.shape == tuple(size):
        return values.astype(np.float32, copy=False)
    values = values.astype(np.float64)
    for axis, target in enumerate(size):
        left, right, fraction = _neighbours(values.shape[axis], target)
        fraction = fraction[:, None] if axis == 0 else fraction
        values = values.take(left, axis) * (1 - fraction) + values.take(right, axis) * fraction
    return values.astype(np.float32)


def _neighbours(source: int, target: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of `target` places: the two source places around it, and how far it lies towards the
    second.
    """
    centres = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    left = np.minimum(centres.astype(int), max(source - 2, 0))
    return left, np.minimum(left + 1, source - 1), centres - left
