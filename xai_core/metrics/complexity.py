"""How complex a picture is, in three numbers: edges, entropy, and how many regions it falls into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Complexity:
    """`edges`: share of pixels on a Canny edge, 0..1. `entropy`: bits of the grey values' histogram, 0..8.
    `regions`: number of regions of Felzenszwalb's segmentation at scale 100, at least 20 pixels each."""

    edges: float
    entropy: float
    regions: int


def complexity(view: np.ndarray) -> Complexity:
    """Of a uint8 (H, W, 3) picture."""
    from skimage.color import rgb2gray
    from skimage.feature import canny
    from skimage.measure import shannon_entropy
    from skimage.segmentation import felzenszwalb

    grey = rgb2gray(view)
    edges = float(canny(grey, sigma=1.5).mean())
    entropy = float(shannon_entropy(np.rint(grey * 255).astype(np.uint8), base=2))
    regions = int(felzenszwalb(view, scale=100, sigma=0.8, min_size=20).max()) + 1
    return Complexity(edges, entropy, regions)
