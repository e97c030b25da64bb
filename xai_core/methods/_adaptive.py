"""Adaptive sampling: draw random samples until another draw is expected to give nearly the same map.

    r = Spearman(M_a, M_b), the maps of the even and of the odd samples;   reliability = 2 r / (1 + r)

The reliability is the expected rank correlation between the map and a map from as many new samples. It is no
statement about a map from endless samples.

Spearman, Correlation calculated from faulty data, 1910; Brown, Some experimental results in the correlation
of mental abilities, 1910.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..parameters import Param

GROWTH = 1.5  # factor by which the samples grow from one look at the map to the next
FACTS = {"samples": "Samples drawn", "reliability": "Expected rank correlation with another draw"}

STABLE = Param(
    "stable",
    "float",
    0.0,
    "Stop as soon as another draw of as many samples is expected to rank the places alike up to this rank "
    "correlation; it promises nothing about a converged map. 0 draws all samples.",
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
    together: int = 1,
) -> tuple[int, float]:
    """Draw until the reliability reaches `stable`, or until `total` samples are drawn. Returns the number of
    samples and the reliability of their map.

    `draw(start, stop)` draws the samples start .. stop - 1. `halves(count)` returns the maps of two halves of
    the first `count` samples, or None if chance plays no part, which means reliability 1. The reliability is
    computed after `first` samples and whenever half as many were added, and never between two samples of the
    same group of `together` (a pair); with `stable` 0, all are drawn at once."""
    start = 0
    for stop in _looks(total, first, together) if stable > 0 else (total,):
        draw(start, stop)
        start = stop
        maps = halves(stop)
        found = 1.0 if maps is None else reliability(*maps)
        if stable > 0 and found >= stable:
            break
    return start, found


def _looks(total: int, first: int, together: int) -> Iterator[int]:
    stop = -(-first // together) * together
    while stop < total:
        yield stop
        stop = -(-int(np.ceil(stop * GROWTH)) // together) * together
    yield total


def reliability(one: np.ndarray, other: np.ndarray) -> float:
    """2 r / (1 + r) for the rank correlation r of two maps, at least 0; also 0 if one of them is flat."""
    from scipy.stats import rankdata

    a, b = (rankdata(values) - (values.size + 1) / 2 for values in (one, other))
    size = float(np.sqrt((a @ a) * (b @ b)))
    r = float(a @ b) / size if size > 0 else 0.0
    return max(0.0, 2 * r / (1 + r)) if r > -1 else 0.0
