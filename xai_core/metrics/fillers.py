"""Ways to hide a region of a picture: grey, a blur of the picture, or inpainting from the surroundings."""

from __future__ import annotations

import time

import numpy as np
import torch

from ..inputs.superpixels import gaussian_blur
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError

FILLS = ("grey", "blur", "inpaint")
GREY = 127.0  # pixel value, 0..255
BLUR = 10.0  # standard deviation in pixels
INPAINT_SIDE = 112  # inpainting solves a linear system over all hidden pixels, so the picture is made smaller


class Filler:
    """Hides regions of one picture: called with masks bool (B, H, W), it returns whole pixel values
    (B, 3, H, W). Raises InputError for an unknown way `how`."""

    def __init__(self, pixels: torch.Tensor, how: str):
        if how not in FILLS:
            raise InputError(f"how is {how!r}; accepted are {', '.join(FILLS)}.")
        self.pixels, self.how = pixels, how
        self._blurred = gaussian_blur(pixels, BLUR).round() if how == "blur" else None

    def __call__(self, masks: torch.Tensor) -> torch.Tensor:
        if self.how == "inpaint":
            return torch.cat([self._inpainted(mask) for mask in masks])
        other = torch.full_like(self.pixels, GREY) if self._blurred is None else self._blurred
        return torch.where(masks[:, None], other, self.pixels)

    def _inpainted(self, mask: torch.Tensor) -> torch.Tensor:
        """Biharmonic inpainting: the smoothest surface that continues the visible part of the picture. Grey
        if nothing is visible."""
        if not mask.any() or mask.all():
            return torch.where(mask, torch.full_like(self.pixels, GREY), self.pixels)
        from skimage.restoration import inpaint_biharmonic
        from skimage.transform import resize

        picture = self.pixels[0].permute(1, 2, 0).cpu().numpy().astype(np.float64) / 255
        hidden = mask.cpu().numpy()
        factor = max(1, round(min(hidden.shape) / INPAINT_SIDE))
        small = (-(-hidden.shape[0] // factor), -(-hidden.shape[1] // factor))
        covered = resize(hidden.astype(np.float64), small, order=1, anti_aliasing=False) > 0
        if covered.all():
            covered = resize(hidden, small, order=0, anti_aliasing=False)
        coarse = resize(picture, small, order=1, anti_aliasing=factor > 1)
        filled = inpaint_biharmonic(coarse, covered, channel_axis=-1).clip(0, 1)
        filled = resize(filled, hidden.shape, order=1) * 255
        other = torch.from_numpy(filled).permute(2, 0, 1)[None].to(self.pixels).round()
        return torch.where(mask, other, self.pixels)


def hidden(view: np.ndarray, mask: np.ndarray, how: str) -> np.ndarray:
    """uint8 (H, W, 3): the picture that is scored when `mask` (H, W) is hidden."""
    pixels = torch.from_numpy(np.array(view)).permute(2, 0, 1)[None].float()
    picture = Filler(pixels, how)(torch.from_numpy(np.array(mask, bool))[None])
    return picture[0].permute(1, 2, 0).numpy().astype(np.uint8)


def hiding_seconds(handle: ModelHandle, image: ImageInput, how: str) -> float:
    """Seconds to hide one region, without the network's pass. Inpainting is timed once, on a fifth of the
    picture; the other ways count as 0."""
    if how != "inpaint":
        return 0.0
    key = (how, None)
    if key not in handle.ledger.rates:
        view = handle.view(image)
        height, width = view.shape[:2]
        mask = np.zeros((height, width), bool)
        mask[: round(0.45 * height), : round(0.45 * width)] = True
        start = time.perf_counter()
        hidden(view, mask, how)
        handle.ledger.rates[key] = time.perf_counter() - start
    return handle.ledger.rates[key]
