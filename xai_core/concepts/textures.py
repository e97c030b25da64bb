"""Made pictures of textures with masks, so that units can be named for what no class name says.

Each picture is a plain ground with one patch of texture, in two colours drawn at random; texture names a
pattern in 0..1 over (H, W) pixels, light where it is 1. The same number gives the same picture, always.
Outside the patch there is no texture but a faint grain, which is everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..types import ImageInput

SIDE = 224
GRAIN = (
    4  # standard deviation; without any, a plain ground gives a unit the same answer at thousands of places
)
Pattern = Callable[[np.random.Generator, np.ndarray, np.ndarray, float], np.ndarray]


@dataclass(frozen=True, eq=False)
class Masked:
    """A picture and, by concept, a bool mask of its own height and width. What has no mask is not there."""

    image: ImageInput
    masks: dict[str, np.ndarray]


def textured(name: str, number: int) -> Masked:
    """Picture `number` of a texture."""
    pixels, mask = _drawn(name, number, None)
    return Masked(ImageInput(pixels, "squash", f"{name} {number}"), {name: mask})


def tinted(name: str, number: int, colours: tuple[np.ndarray, np.ndarray], title: str) -> ImageInput:
    """Picture `number` of a texture in two given colours (3,), 0..255, named `title`."""
    return ImageInput(_drawn(name, number, colours)[0], "squash", title)


def _drawn(
    name: str, number: int, colours: tuple[np.ndarray, np.ndarray] | None
) -> tuple[np.ndarray, np.ndarray]:
    """The pixels and the mask of a picture, in these colours or in two of its own."""
    place = list(TEXTURES).index(name)
    rng = np.random.default_rng((place, number))
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    pattern = np.clip(TEXTURES[name](rng, y, x, rng.uniform(8, 20)), 0, 1)[..., None]
    own = _pair(rng)
    dark, light = own if colours is None else colours
    mask = _patch(rng, y, x)
    pixels = np.where(mask[..., None], dark + pattern * (light - dark), rng.uniform(0, 255, 3))
    pixels = np.clip(pixels + rng.normal(0, GRAIN, pixels.shape), 0, 255)
    return np.rint(pixels).astype(np.uint8), mask


def _pair(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two colours of clearly different brightness."""
    while True:
        one, two = rng.uniform(0, 255, (2, 3))
        if abs(one.mean() - two.mean()) > 80:
            return (one, two) if one.mean() < two.mean() else (two, one)


def _patch(rng: np.random.Generator, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A rectangle or an ellipse that covers a third to three quarters of each side."""
    half = rng.uniform(0.2, 0.4, 2) * SIDE
    centre = [rng.uniform(h, SIDE - h) for h in half]
    u, v = (y - centre[0]) / half[0], (x - centre[1]) / half[1]
    return u**2 + v**2 < 1 if rng.random() < 0.5 else (abs(u) < 1) & (abs(v) < 1)


def _stripes(angle: float, spread: float = 5) -> Pattern:
    """Bands that run at `angle` degrees to the horizontal, give or take `spread`."""

    def pattern(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
        turn = np.deg2rad(angle * rng.choice((-1, 1)) + rng.uniform(-spread, spread))
        across = y * np.cos(turn) - x * np.sin(turn)
        return (across / period % 1 < 0.5).astype(float)

    return pattern


def _dots(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
    row = np.floor(y / period)
    u, v = y / period % 1 - 0.5, (x / period + 0.5 * (row % 2)) % 1 - 0.5
    return (u**2 + v**2 < rng.uniform(0.25, 0.35) ** 2).astype(float)


def _checks(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
    return (np.floor(y / period) + np.floor(x / period)) % 2


def _grid(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
    return ((y / period % 1 < 0.2) | (x / period % 1 < 0.2)).astype(float)


def _waves(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
    bent = y + period * np.sin(2 * np.pi * x / (rng.uniform(2.5, 4) * period))
    return 0.5 + 0.5 * np.sin(2 * np.pi * bent / period)


def _gradient(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
    turn = rng.uniform(0, 2 * np.pi)
    ramp = y * np.cos(turn) + x * np.sin(turn)
    return (ramp - ramp.min()) / np.ptp(ramp)


def _noise(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
    return rng.random(y.shape)


def _brick(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
    row = np.floor(y / period)
    u, v = y / period % 1, (x / (2.2 * period) + 0.5 * (row % 2)) % 1
    shade = rng.uniform(0.6, 1, (64, 64))[
        row.astype(int) % 64, (x / (2.2 * period) + 0.5 * (row % 2)).astype(int) % 64
    ]
    return np.where((u < 0.15) | (v < 0.07), 0, shade)


def _grass(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    leaning = [_spread(gaussian_filter(rng.random(y.shape), (7, 0.8))) for _ in range(2)]
    shift = (y / SIDE * rng.uniform(10, 30)).astype(int)
    columns = np.arange(SIDE)[None]
    return np.maximum(
        leaning[0][y.astype(int), (columns + shift) % SIDE],
        leaning[1][y.astype(int), (columns - shift) % SIDE],
    )


def _gravel(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, period: float) -> np.ndarray:
    from scipy.spatial import cKDTree

    stones = rng.uniform(0, SIDE, (int((SIDE / period) ** 2 * 2), 2))
    apart, nearest = cKDTree(stones).query(np.stack([y, x], -1), k=2)
    shade = rng.uniform(0.4, 1, len(stones))[nearest[..., 0]]
    return np.where(apart[..., 1] - apart[..., 0] < 1.5, 0, shade)


def _spread(values: np.ndarray) -> np.ndarray:
    low, high = np.quantile(values, (0.02, 0.98))
    return (values - low) / (high - low)


TEXTURES: dict[str, Pattern] = {
    "horizontal stripes": _stripes(0),
    "vertical stripes": _stripes(90),
    "diagonal stripes": _stripes(45),
    "polka dots": _dots,
    "checks": _checks,
    "grid": _grid,
    "waves": _waves,
    "gradient": _gradient,
    "static noise": _noise,
    "brick pattern": _brick,
    "grassy texture": _grass,
    "gravel": _gravel,
}
