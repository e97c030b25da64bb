"""The eleven basic colours, each pixel one of them, by a rule on hue, saturation and value.

With V = max(R, G, B), C = V - min(R, G, B), S = C / V (all 0..1) and the hue in degrees:

    black    V < 0.2
    white    S < 0.12 and V > 0.85        grey    S < 0.12, the rest; S < 0.2 where V < 0.35
    red      hue 345..360 or 0..14        orange  14..42
    yellow   42..70                       green   70..165
    blue     165..255                     purple  255..315
    pink     315..345; also red of S < 0.55 and V > 0.7
    brown    red, orange or yellow (hue up to 55) of V < 0.65, dull (S < 0.5) or not red; also red of V < 0.35

Berlin and Kay, Basic Color Terms, 1969, name the eleven; the borders are ours."""

from __future__ import annotations

import numpy as np

COLOURS = ("black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
_BORDERS = (14, 42, 70, 165, 255, 315, 345)
_BY_HUE = np.array(
    [COLOURS.index(name) for name in ("red", "orange", "yellow", "green", "blue", "purple", "pink", "red")]
)


def colour_indices(pixels: np.ndarray) -> np.ndarray:
    """uint8 (..., 3) -> the place of each pixel's colour in COLOURS, int (...)."""
    values = pixels.astype(np.float32) / 255
    value, chroma = values.max(-1), np.ptp(values, axis=-1)
    saturation = chroma / np.maximum(value, 1e-6)
    hue = _hue(values, value, chroma)
    found = _BY_HUE[np.digitize(hue, _BORDERS)]
    red = found == COLOURS.index("red")
    warm = (hue <= 55) | red
    found[red & (saturation < 0.55) & (value > 0.7)] = COLOURS.index("pink")
    found[warm & (value < 0.65) & ((saturation < 0.5) | ~red)] = COLOURS.index("brown")
    found[red & (value < 0.35)] = COLOURS.index("brown")
    found[(saturation < 0.12) | ((saturation < 0.2) & (value < 0.35))] = COLOURS.index("grey")
    found[(saturation < 0.12) & (value > 0.85)] = COLOURS.index("white")
    found[value < 0.2] = COLOURS.index("black")
    return found


def colour_masks(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """uint8 (H, W, 3) -> a bool (H, W) for each of the eleven."""
    found = colour_indices(pixels)
    return {name: found == place for place, name in enumerate(COLOURS)}


def _hue(values: np.ndarray, value: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(values, -1, 0)
    width = np.maximum(chroma, 1e-6)
    sector = np.where(
        value == red,
        ((green - blue) / width) % 6,
        np.where(value == green, (blue - red) / width + 2, (red - green) / width + 4),
    )
    return 60 * sector % 360
