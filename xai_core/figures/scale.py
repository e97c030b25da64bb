"""From which value to which other value a colour scale runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..types import Explanation

LARGEST, SPARSE = 100.0, 99.0  # percentiles of |value| at which a scale ends
PIXELS = 1000  # cells from which on a map of single pixels has a percentile worth the name


@dataclass(frozen=True)
class Scale:
    """Colours run from `low` to `high`. `percentile` of the maps' sizes lie within; above it all have the
    colour of the end. `maps` counts those that share the scale."""

    low: float
    high: float
    percentile: float = LARGEST
    maps: int = 1

    @property
    def clipped(self) -> bool:
        """Whether some values lie beyond the ends."""
        return self.percentile < LARGEST

    def places(self, values: np.ndarray) -> np.ndarray:
        """Where values lie between the ends, 0 to 1."""
        return np.clip((values - self.low) / (self.high - self.low), 0, 1)

    def strengths(self, values: np.ndarray) -> np.ndarray:
        """Sizes of values as shares of the farther end, 0 to 1."""
        return np.clip(np.abs(values) / max(abs(self.low), abs(self.high)), 0, 1)


def limits(explanations: Iterable[Explanation], full: bool = False) -> Scale:
    """The scale that the maps share: 0 to the largest value, or plus and minus the largest size if any is
    signed. In maps of single pixels a few values are many times as high as all others: their scale ends at
    the 99th percentile of the sizes, unless `full`. Maps that are zero everywhere get 0 to 1, so that they
    are drawn as the scale's zero."""
    maps = list(explanations)
    sizes = [np.abs(e.heatmap).ravel() for e in maps]
    high = max((float(one.max()) for one in sizes), default=0.0)
    end, percentile = high, LARGEST
    if maps and not full and all(_of_pixels(e) for e in maps):
        end = float(np.percentile(np.concatenate(sizes), SPARSE))
        # where fewer than one pixel in a hundred has a value, only the largest says anything
        end, percentile = (end, SPARSE) if 0 < end < high else (high, LARGEST)
    end = end or 1.0
    low = -end if any(e.signed for e in maps) else 0.0
    return Scale(low, end, percentile, max(len(maps), 1))


def _of_pixels(e: Explanation) -> bool:
    """Whether each pixel of the network's input has a value of its own."""
    return e.segments is None and e.heatmap.shape == tuple(e.view_size) and e.heatmap.size >= PIXELS
