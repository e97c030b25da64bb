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
    rows, columns = (_interpolation(n, m) for n, m in zip(values.shape, size, strict=True))
    return (rows @ values.astype(np.float64) @ columns.T).astype(np.float32)


def _interpolation(source: int, target: int) -> np.ndarray:
    """The (target, source) matrix of linear interpolation weights; each row sums to 1."""
    centres = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    left = np.minimum(centres.astype(int), max(source - 2, 0))
    weights = np.zeros((target, source))
    rows = np.arange(target)
    fraction = centres - left
    weights[rows, left] = 1 - fraction
    weights[rows, np.minimum(left + 1, source - 1)] += fraction
    return weights
