"""Parts of a picture and what hides them: superpixels and baselines."""

from __future__ import annotations

import math

import numpy as np
import torch

from ..types import InputError
from .views import InputGrid

BASELINES = ("black", "white", "mean", "blur", "noise")
SEGMENTATIONS = ("slic", "quickshift", "felzenszwalb", "grid")


def baseline(
    x: torch.Tensor, kind: str, grid: InputGrid, generator: torch.Generator, blur: float = 10.0
) -> torch.Tensor:
    """What stands where the picture is hidden: (N, 3, H, W), normalised like `x`.

    black and white are the pixel values 0 and 255; mean is each picture's own mean colour; blur is a Gaussian
    with a standard deviation of `blur` pixels; noise is uniform over 0..255 in each pixel and channel.
    """
    mean, std = (
        torch.tensor(v, device=x.device, dtype=x.dtype).view(1, 3, 1, 1) for v in (grid.mean, grid.std)
    )
    if kind == "black":
        return ((0 - mean) / std).expand_as(x)
    if kind == "white":
        return ((1 - mean) / std).expand_as(x)
    if kind == "mean":
        return x.mean((2, 3), keepdim=True).expand_as(x)
    if kind == "blur":
        return gaussian_blur(x, blur)
    if kind == "noise":
        noise = torch.rand(x.shape, generator=generator, dtype=torch.float64).to(x)
        return (noise - mean) / std
    raise InputError(f"baseline is {kind!r}; accepted are {', '.join(BASELINES)}.")


def gaussian_blur(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """(N, C, H, W) blurred with a standard deviation of `sigma` pixels, edges mirrored; cut off at 3
    sigma.
    """
    from torchvision.transforms.functional import gaussian_blur as blur

    # mirroring needs a kernel that reaches no further than the picture is large
    sides = [2 * min(math.ceil(3 * sigma), side - 1) + 1 for side in (x.shape[3], x.shape[2])]
    return blur(x, sides, [float(sigma)] * 2)


def segment_means(x: torch.Tensor, segments: torch.Tensor) -> torch.Tensor:
    """Each superpixel in its mean colour: (N, C, H, W) and (N, H, W) -> (N, C, H, W)."""
    means = []
    for picture, labels in zip(x, segments, strict=True):
        flat = labels.flatten()
        count = int(flat.max()) + 1
        sums = x.new_zeros(len(picture), count).index_add_(1, flat, picture.flatten(1))
        means.append((sums / flat.bincount(minlength=count).clamp(min=1))[:, labels])
    return torch.stack(means)


def segment(view: np.ndarray, kind: str, count: int) -> np.ndarray:
    """Superpixels of a uint8 (H, W, 3) picture: int64 (H, W) labels 0..d-1, each of them used.

    slic and grid aim at `count` superpixels, felzenszwalb is searched for the scale that comes nearest;
    quickshift, with the parameters of the lime library, finds its own number.
    """
    if kind not in SEGMENTATIONS:
        raise InputError(f"segmentation is {kind!r}; accepted are {', '.join(SEGMENTATIONS)}.")
    labels = {"slic": _slic, "quickshift": _quickshift, "felzenszwalb": _felzenszwalb, "grid": _grid}[kind](
        view, count
    )
    return np.unique(labels, return_inverse=True)[1].reshape(view.shape[:2]).astype(np.int64)


def _slic(view: np.ndarray, count: int) -> np.ndarray:
    from skimage.segmentation import slic

    return slic(view, n_segments=count, compactness=10, sigma=1, start_label=0, channel_axis=-1)


def _quickshift(view: np.ndarray, _count: int) -> np.ndarray:
    from skimage.segmentation import quickshift

    return quickshift(view, kernel_size=4, max_dist=200, ratio=0.2, rng=42)


def _felzenszwalb(view: np.ndarray, count: int) -> np.ndarray:
    from skimage.segmentation import felzenszwalb

    def at(log_scale: float) -> np.ndarray:
        return felzenszwalb(view, scale=10**log_scale, sigma=0.8, min_size=max(1, size // 8))

    size = view.shape[0] * view.shape[1] // count
    low, high = 0.0, 5.0  # a larger scale gives fewer superpixels
    tried = []
    for _ in range(8):
        middle = (low + high) / 2
        labels = at(middle)
        found = int(labels.max()) + 1
        tried.append((abs(found - count), middle, labels))
        if found == count:
            break
        low, high = (middle, high) if found > count else (low, middle)
    return min(tried, key=lambda one: one[:2])[2]


def _grid(view: np.ndarray, count: int) -> np.ndarray:
    height, width = view.shape[:2]

    def cost(rows: int, columns: int) -> float:
        return 2 * abs(rows * columns - count) / count + abs(math.log(width * rows / columns / height))

    rows, columns = min(
        ((r, c) for r in range(1, count + 1) for c in {count // r, -(-count // r)}), key=lambda rc: cost(*rc)
    )
    down, across = np.arange(height) * rows // height, np.arange(width) * columns // width
    return down[:, None] * columns + across[None, :]


def boxes_of(segments: np.ndarray) -> np.ndarray:
    """int64 (d, 4): top, left, height and width of the smallest box around each label 0..d-1 of `segments`
    (H, W)."""
    from scipy import ndimage

    spans = ndimage.find_objects(segments + 1)
    return np.array([(y.start, x.start, y.stop - y.start, x.stop - x.start) for y, x in spans], np.int64)
