"""Pictures made worse in five ways and five strengths, so that wrong answers exist without any dataset.

After Hendrycks and Dietterich, Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations, ICLR 2019, with strengths of our own: pictures keep their size, and each is deterministic."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from ..types import InputError

KINDS = ("noise", "blur", "contrast", "rotation", "occlusion")
NOISE = (12, 25, 40, 60, 90)  # standard deviation in steps of 8 bits
BLUR = (0.006, 0.012, 0.02, 0.03, 0.045)  # standard deviation as a share of the shorter side
CONTRAST = (0.6, 0.4, 0.25, 0.15, 0.08)  # of the distance to the mean, what stays
ROTATION = (15, 30, 60, 90, 180)  # degrees
OCCLUSION = (0.1, 0.2, 0.3, 0.45, 0.6)  # of the area, greyed in the middle


def corrupt(pixels: np.ndarray, kind: str, strength: int) -> np.ndarray:
    """uint8 (H, W, 3) -> the same, worse. `strength` is 1 to 5."""
    if kind not in KINDS:
        raise InputError(f"corruption is {kind!r}; accepted are {', '.join(KINDS)}.")
    if strength not in (1, 2, 3, 4, 5) or isinstance(strength, bool):
        raise InputError(f"strength is {strength!r}; a whole number from 1 to 5 is accepted.")
    return {"noise": _noise, "blur": _blur, "contrast": _contrast, "rotation": _rotation, "occlusion": _hole}[
        kind
    ](pixels, strength - 1)


def _noise(pixels: np.ndarray, level: int) -> np.ndarray:
    noise = np.random.default_rng(level).normal(0, NOISE[level], pixels.shape)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


def _blur(pixels: np.ndarray, level: int) -> np.ndarray:
    radius = BLUR[level] * min(pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


def _contrast(pixels: np.ndarray, level: int) -> np.ndarray:
    mean = pixels.mean()
    return np.clip(np.rint(mean + CONTRAST[level] * (pixels - mean)), 0, 255).astype(np.uint8)


def _rotation(pixels: np.ndarray, level: int) -> np.ndarray:
    grey = tuple(int(v) for v in pixels.mean((0, 1)))
    turned = Image.fromarray(pixels).rotate(ROTATION[level], Image.Resampling.BILINEAR, fillcolor=grey)
    return np.asarray(turned)


def _hole(pixels: np.ndarray, level: int) -> np.ndarray:
    found = pixels.copy()
    sides = [round(n * OCCLUSION[level] ** 0.5) for n in pixels.shape[:2]]
    top, left = ((n - side) // 2 for n, side in zip(pixels.shape[:2], sides, strict=True))
    found[top : top + sides[0], left : left + sides[1]] = 127
    return found
