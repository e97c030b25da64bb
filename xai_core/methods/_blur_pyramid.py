"""Pictures that are blurred more in some places than in others.

    P(x, m)(u) = (g_sigma(m(u)) * x)(u),   sigma(m) = (1 - m) sigma_0

It is computed at m = 0, 1/7 .. 1 and linear in between. Zeros surround the picture; a Gaussian is cut off at
four standard deviations.

Fong, Patrick and Vedaldi, Understanding Deep Networks via Extremal Perturbations and Smooth Masks, ICCV 2019.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

LEVELS = 8


class BlurPyramid:
    """One picture `x` (1, 3, H, W), blurred by standard deviations from `widest` pixels down to none."""

    def __init__(self, x: torch.Tensor, widest: float):
        sigmas = [widest * (1 - level / (LEVELS - 1)) for level in range(LEVELS)]
        self._levels = torch.cat([blurred(x, sigma) for sigma in sigmas])

    def __call__(self, mask: torch.Tensor) -> torch.Tensor:
        """P(x, m) (1, 3, H, W) for a mask (1, 1, H, W) in 0..1; differentiable by the mask."""
        place = mask * (LEVELS - 1)
        level = place.detach().floor()
        low = level.long().expand(1, self._levels.shape[1], -1, -1)
        high = (low + 1).clamp(max=LEVELS - 1)
        share = place - level
        return (1 - share) * self._levels.gather(0, low) + share * self._levels.gather(0, high)


def blurred(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """(1, C, H, W) convolved with a Gaussian, surrounded by zeros; `x` itself if sigma is 0."""
    if sigma <= 0:
        return x
    reach = math.ceil(4 * sigma)
    places = torch.arange(-reach, reach + 1, dtype=torch.float64)
    kernel = torch.exp(-((places / sigma) ** 2) / 2)
    kernel = (kernel / kernel.sum()).to(x)
    channels = x.shape[1]
    down = kernel.view(1, 1, -1, 1).expand(channels, -1, -1, -1)
    found = F.conv2d(x, down, padding=(reach, 0), groups=channels)
    return F.conv2d(found, down.transpose(2, 3), padding=(0, reach), groups=channels)
