"""When enough was drawn at random: how alike a map would be if it were drawn again.

    r = Spearman(M_a, M_b), the maps of every other sample;   reliability = 2 r / (1 + r)

The rank correlation that is to be expected between the map and one of as many new samples. Spearman,
Correlation calculated from faulty data, 1910; Brown, Some experimental results in the correlation of mental
abilities, 1910.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..parameters import Param

GROWTH = 1.5  # of the samples from one look at the map to the next
FACTS = {"samples": "Samples drawn", "reliability": "Expected rank correlation with another draw"}

STABLE = Param(
    "stable",
    "float",
    0.0,
    "Stop as soon as another draw is expected to give the same map up to this rank correlation; 0 draws all "
    "samples.",
    low=0,
    high=0.99,
    step=0.05,
    label="Enough at",
)


def drawn(
    total: int,
    first: int,
    stable: float,
    draw: Callable[[int, int], None],
    halves: Callable[[int], tuple[np.ndarray, np.ndarray] | None],
) -> tuple[int, float]:
    """Draw samples until they are enough, or `total`: how many, and the reliability of their map.

    `draw(start, stop)` draws some, and `halves(count)` gives the maps of two halves of the first `count`
    (None where the map does not depend on chance). With `stable` 0 all are drawn at once, else a look is
    taken after `first` and whenever there are half as many more."""
    start = 0
    for stop in _looks(total, first) if stable > 0 else (total,):
        draw(start, stop)
        start = stop
        maps = halves(stop)
        found = 1.0 if maps is None else reliability(*maps)
        if stable > 0 and found >= stable:
            break
    return start, found


def _looks(total: int, first: int) -> Iterator[int]:
    stop = min(first, total)
    while stop < total:
        yield stop
        stop = min(total, int(np.ceil(stop * GROWTH)))
    yield total


def reliability(one: np.ndarray, other: np.ndarray) -> float:
    """2 r / (1 + r) of the rank correlation of two maps; 0 where they do not agree at all, or are flat."""
    from scipy.stats import rankdata

    a, b = (rankdata(values) - (values.size + 1) / 2 for values in (one, other))
    size = float(np.sqrt((a @ a) * (b @ b)))
    r = float(a @ b) / size if size > 0 else 0.0
    return max(0.0, 2 * r / (1 + r)) if r > -1 else 0.0
