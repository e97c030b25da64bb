"""Regions of a picture at several scales at once; they overlap."""

from __future__ import annotations

import numpy as np

SCALES = (50, 100, 150, 250, 500, 1200)  # of felzenszwalb, as are the next two
SMOOTHING = 0.8
SMALLEST = 150  # pixels
SIDE = 224  # of the picture that is segmented
GROWN = 5  # pixels by which a region grows, so that it holds its own edges


def overlapping_regions(view: np.ndarray) -> list[np.ndarray]:
    """The regions of a picture (H, W, 3), each as sorted int64 numbers of its pixels (row * W + column).

    They are the segments that Felzenszwalb and Huttenlocher's method finds at each of SCALES, in the picture
    brought to SIDE x SIDE pixels and to values in -1..1, each grown by GROWN pixels. These are XRAI's regions
    in PAIR's saliency library."""
    from skimage.segmentation import felzenszwalb
    from skimage.transform import resize

    values = view.astype(np.float64)
    low, high = values.min(), values.max()
    values = (values - low) / (high - low or 1.0) * 2 - 1
    small = resize(values, (SIDE, SIDE), order=3, mode="constant", preserve_range=True, anti_aliasing=True)
    regions: list[np.ndarray] = []
    for scale in SCALES:
        labels = felzenszwalb(small, scale=scale, sigma=SMOOTHING, min_size=SMALLEST)
        size = view.shape[:2]
        full = resize(labels, size, order=0, mode="constant", preserve_range=True, anti_aliasing=False)
        regions += _grown(full.astype(np.int64))
    return regions


def _grown(labels: np.ndarray) -> list[np.ndarray]:
    """Each segment of `labels` (H, W) with what lies at most GROWN pixels from it."""
    from scipy import ndimage

    height, width = labels.shape
    found = []
    for number, box in enumerate(ndimage.find_objects(labels + 1)):
        if box is None:  # lost when the labels were resized
            continue
        top, left = (max(part.start - GROWN, 0) for part in box)
        bottom, right = (
            min(part.stop + GROWN, side) for part, side in zip(box, (height, width), strict=True)
        )
        outside = labels[top:bottom, left:right] != number
        rows, columns = np.nonzero(ndimage.distance_transform_edt(outside) <= GROWN)
        found.append((rows + top) * width + columns + left)
    return found
