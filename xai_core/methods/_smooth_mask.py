"""A smooth mask that is as high as its highest point: max-convolution of a coarse grid of values.

    m(u) = sum_v t_v k_v v,   t = softmax_v(20 k_v v),   k_v = exp(-2 max(0, |u - p_v| / sigma - 1/2)^2)

The values v lie `step` pixels apart at places p_v, the first one at the picture's corner, and are 0 beyond
the picture. At u, those count that are at most 1 + sigma / step values away from the last one before u. The
mask reaches over the border by a margin.

Fong, Patrick and Vedaldi, Understanding Deep Networks via Extremal Perturbations and Smooth Masks, ICCV 2019.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

COLDNESS = 20.0  # of the softmax that stands for the maximum


class SmoothMask:
    """Makes masks of pictures of `size` (H, W) from values `step` pixels apart, `sigma` = steps * step."""

    def __init__(self, size: tuple[int, int], step: int, steps: int, like: torch.Tensor):
        self.cells = tuple(math.ceil(side / step) for side in size)
        self.start = like.new_ones(self.cells)
        self._size, self._step, self._margin = size, step, steps * step
        self._padding, self._radius = 1 + 2 * steps, 1 + steps
        offsets = torch.arange(2 * self._radius + 1) - self._padding
        apart = torch.arange(step)[:, None] - self._margin - step * offsets  # (step, K), along one axis
        distance = (apart[:, None, :, None] ** 2 + apart[None, :, None, :] ** 2).double().sqrt()
        kernel = torch.exp(-2 * (distance / self._margin - 0.5).clamp(min=0) ** 2)
        self._kernel = kernel.flatten(2).flatten(0, 1).T[:, :, None].to(like)  # (K K, step step, 1)

    def __call__(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The mask (1, 1, H, W) of values (h, w) in 0..1, and the same with its margin (H', W')."""
        window = 2 * self._radius + 1
        near = F.unfold(values[None, None], window, padding=self._padding)[0]  # (K K, cells with margin)
        weighed = self._kernel * near[:, None]
        mask = (weighed * (COLDNESS * weighed).softmax(0)).sum(0)
        rows, columns = (count + 2 * (self._padding - self._radius) for count in self.cells)
        large = F.pixel_shuffle(mask.view(1, -1, rows, columns), self._step)[0, 0]
        whole = large[: large.shape[0] - self._step + 1, : large.shape[1] - self._step + 1].clamp(0, 1)
        inside = tuple(slice(self._margin, self._margin + side) for side in self._size)
        return whole[inside][None, None], whole
