"""Does a map find the object? Boxes from maps, the pointing game, energy inside the box.

Maps are (h, w) on the grid in whose pixels the boxes are given; only their positive part counts.

Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016 (boxes from maps); Zhang et
al., Top-down Neural Attention by Excitation Backprop, IJCV 2018 (pointing game); Selvaraju et al., Grad-CAM,
ICCV 2017 (pointing with a reject option); Wang et al., Score-CAM, CVPRW 2020 (energy)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..types import Box, InputError

SHARE, OVERLAP, TOLERANCE = 0.2, 0.5, 15.0


def box_of(values: np.ndarray, share: float = SHARE) -> Box | None:
    """The tight box around the largest connected region above `share` of the maximum (pixels that touch at a
    side belong together); None for a map without a positive value."""
    from scipy.ndimage import label

    if not 0 <= share < 1:
        raise InputError(f"share is {share!r}; a number from 0 up to, but not, 1 is accepted.")
    highest = float(values.max(initial=0.0))
    if highest <= 0:
        return None
    above = values > share * highest
    if not above.any():
        return None
    (top, bottom), (left, right) = _span(above, 0), _span(above, 1)
    regions, _ = label(above[top:bottom, left:right])
    largest = regions == int(np.bincount(regions.ravel())[1:].argmax()) + 1
    rows, columns = _span(largest, 0), _span(largest, 1)
    return Box("", left + columns[0], top + rows[0], left + columns[1], top + rows[1])


def _span(mask: np.ndarray, axis: int) -> tuple[int, int]:
    """The first row (axis 0) or column (axis 1) with a marked pixel, and the one behind the last."""
    places = np.flatnonzero(np.any(mask, axis=1 - axis))
    return int(places[0]), int(places[-1]) + 1


def box_iou(a: Box, b: Box) -> float:
    """Area of the intersection over area of the union, 0..1."""
    width = max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0))
    height = max(0.0, min(a.y1, b.y1) - max(a.y0, b.y0))
    shared = width * height
    union = _area(a) + _area(b) - shared
    return shared / union if union > 0 else 0.0


def best_iou(found: Box | None, boxes: Sequence[Box]) -> float:
    """With the true box that fits best; 0 without a found one."""
    return max((box_iou(found, box) for box in boxes), default=0.0) if found is not None else 0.0


def localized(found: Box | None, boxes: Sequence[Box]) -> bool:
    """Whether the found box overlaps a true one by more than half, as ILSVRC and VOC count it."""
    return best_iou(found, boxes) > OVERLAP


def pointing(values: np.ndarray, boxes: Sequence[Box], tolerance: float = TOLERANCE) -> bool:
    """Whether the map's maximum lies in a box or at most `tolerance` pixels from one."""
    return distance(values, boxes) <= tolerance


def distance(values: np.ndarray, boxes: Sequence[Box]) -> float:
    """Pixels from the map's maximum to the nearest box, 0 inside one. The first maximum counts, row by
    row."""
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    return min((_distance(column + 0.5, row + 0.5, box) for box in boxes), default=float("inf"))


def energy(values: np.ndarray, boxes: Sequence[Box]) -> float:
    """The share of the map's positive sum that lies inside the boxes, 0..1; NaN for a map without any."""
    positive = np.maximum(values, 0).astype(np.float64)
    total = float(positive.sum())
    return float(positive[mask_of(boxes, values.shape)].sum()) / total if total > 0 else float("nan")


def activated_share(values: np.ndarray, boxes: Sequence[Box], share: float = 0.85) -> float:
    """Of the pixels beyond `share` of the maximum, the share that lies inside the boxes; NaN without any."""
    highest = float(values.max(initial=0.0))
    if highest <= 0:
        return float("nan")
    active = values >= share * highest
    return float(active[mask_of(boxes, values.shape)].sum() / active.sum())


@dataclass(frozen=True, eq=False)
class PointingCurve:
    """The pointing game with a reject option: a map whose maximum lies below the threshold points nowhere.

    `accuracy` (T,): of the maps that point, the share that hit; NaN where none points. `recall` (T,): of all
    maps, the share that point and hit."""

    thresholds: np.ndarray
    accuracy: np.ndarray
    recall: np.ndarray


def pointing_curve(maxima: np.ndarray, hits: np.ndarray) -> PointingCurve:
    """From each map's maximum and whether it hit; the thresholds are the maxima themselves, and zero."""
    thresholds = np.unique(np.concatenate([[0.0], maxima]))
    points = maxima[None, :] >= thresholds[:, None]
    good = (points & hits[None, :]).sum(1)
    count = points.sum(1)
    accuracy = np.divide(good, count, out=np.full(len(count), np.nan), where=count > 0)
    return PointingCurve(thresholds, accuracy, good / max(len(maxima), 1))


def mask_of(boxes: Sequence[Box], size: tuple[int, int]) -> np.ndarray:
    """bool (H, W): the pixels whose centre lies inside a box."""
    y, x = np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5
    mask = np.zeros(size, bool)
    for box in boxes:
        mask |= ((y >= box.y0) & (y < box.y1))[:, None] & ((x >= box.x0) & (x < box.x1))[None, :]
    return mask


def centre_gaussian(size: tuple[int, int], sigma: float = 0.25) -> np.ndarray:
    """float32 (H, W): a bump in the middle, `sigma` of each side wide: the map of who has not looked."""
    y, x = (np.arange(n) / n + 0.5 / n - 0.5 for n in size)
    return np.exp(-(y[:, None] ** 2 + x[None, :] ** 2) / (2 * sigma**2)).astype(np.float32)


@dataclass(frozen=True)
class MapShape:
    """How a map's positive part lies in the picture: `concentration`, the share of its sum in the highest
    tenth of the pixels; `offset` of its centre of mass from the picture's centre, 1 at a corner; `edge`, the
    share of its sum in the outer tenth of each side. NaN for a map without a positive value."""

    concentration: float
    offset: float
    edge: float


def map_shape(values: np.ndarray) -> MapShape:
    """Of a map (H, W)."""
    positive = np.maximum(values, 0).astype(np.float64)
    total = float(positive.sum())
    if total <= 0:
        return MapShape(float("nan"), float("nan"), float("nan"))
    count = max(1, round(positive.size / 10))
    top = float(np.partition(positive, -count, axis=None)[-count:].sum())
    y, x = (2 * (np.arange(n) + 0.5) / n - 1 for n in positive.shape)
    centre = (positive.sum(1) @ y / total, positive.sum(0) @ x / total)
    inner = positive[tuple(slice(round(n / 10), n - round(n / 10)) for n in positive.shape)]
    return MapShape(top / total, float(np.hypot(*centre) / 2**0.5), max(0.0, 1 - float(inner.sum()) / total))


def _area(box: Box) -> float:
    return max(0.0, box.x1 - box.x0) * max(0.0, box.y1 - box.y0)


def _distance(x: float, y: float, box: Box) -> float:
    return float(np.hypot(max(box.x0 - x, 0, x - box.x1), max(box.y0 - y, 0, y - box.y1)))
