"""How alike two maps are: rank correlation, and overlap of what they highlight.

Maps are compared on the input's grid. Highlighted is what lies above a threshold: the top p per cent of the
pixels, or Otsu's threshold of the positive part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from ..types import InputError

T = TypeVar("T")
TOP, OTSU = "top", "otsu"


def ranks(values: np.ndarray) -> np.ndarray:
    """Average ranks 1..n of all values, ties shared, in the shape of `values`."""
    from scipy.stats import rankdata

    return rankdata(values, axis=None).reshape(values.shape)


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's rho: Pearson's r of the ranks, -1..1; NaN where a map is flat."""
    return pearson(ranks(a), ranks(b))


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r, -1..1; NaN where a map is flat."""
    a, b = (v.astype(np.float64).ravel() - float(np.mean(v)) for v in (a, b))
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else float("nan")


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Structural similarity of two maps, each scaled to 0..1 first: -1..1; NaN where a map is flat (Wang et
    al., Image Quality Assessment, IEEE TIP 2004)."""
    from skimage.metrics import structural_similarity

    spans = [float(np.ptp(values)) for values in (a, b)]
    if not all(spans):
        return float("nan")
    scaled = [(values - values.min()) / span for values, span in zip((a, b), spans, strict=True)]
    return float(structural_similarity(*scaled, data_range=1.0))


def highlighted(values: np.ndarray, threshold: str = TOP, percent: float = 20.0) -> np.ndarray:
    """bool mask of what a map highlights. "top": the `percent` of the pixels that are highest, of those that
    are positive (superpixels and cells that tie at the edge are taken whole); "otsu": the positive pixels
    above Otsu's threshold of the positive part. Nothing positive: nothing highlighted."""
    positive = np.maximum(values, 0)
    if not positive.any():
        return np.zeros(values.shape, bool)
    if threshold == OTSU:
        from skimage.filters import threshold_otsu

        level = threshold_otsu(positive) if np.ptp(positive) > 0 else 0.0
        return positive > level
    if threshold != TOP:
        raise InputError(f"threshold is {threshold!r}; accepted are {TOP}, {OTSU}.")
    if not 0 < percent <= 100:
        raise InputError(f"percent is {percent!r}; a number above 0 and up to 100 is accepted.")
    count = max(1, round(values.size * percent / 100))
    level = np.partition(positive, -count, axis=None)[-count]
    return (positive >= level) & (positive > 0)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """|a and b| / |a or b| of two masks, 0..1; NaN where both are empty (Jaccard index)."""
    union = int((a | b).sum())
    return float((a & b).sum() / union) if union else float("nan")


def matrix(maps: Sequence[T], measure: Callable[[T, T], float]) -> np.ndarray:
    """The symmetric table (n, n) of a measure over all pairs, each pair computed once."""
    table = np.empty((len(maps), len(maps)))
    for i, a in enumerate(maps):
        for j in range(i, len(maps)):
            table[i, j] = table[j, i] = measure(a, maps[j])
    return table


def disagreement(maps: Sequence[np.ndarray]) -> np.ndarray:
    """Where maps disagree: for each pixel the standard deviation, over the maps, of its rank as a share 0..1.

    0 where all give the pixel the same rank; 0.5 is the most that two groups of maps can differ."""
    shares = np.stack([(ranks(values) - 1) / max(values.size - 1, 1) for values in maps])
    return shares.std(0).astype(np.float32)
