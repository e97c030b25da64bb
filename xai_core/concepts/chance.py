"""From which similarity on a unit counts as interpretable.

The units' activations are shuffled over the photographs, each unit for itself, so that no unit knows what it
sees; the threshold is the 99th percentile of the best similarity that such a unit reaches with any concept,
judged as one more unit of the layer. One unit in a hundred that answers at random passes. Pictures of one
photograph (crops, corruptions) stay together: a unit that answers to one photograph answers to all its
variants, and any word that fits the photograph would fit the unit. The threshold is taken anew for each layer
and similarity, since neither back ends nor similarities share a scale. Network Dissection has a threshold of
its own (`network_dissection`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .similarity import similarity

LEVEL = 0.99
LEAST = 500  # shuffled units


def chance_threshold(
    name: str, q: np.ndarray, p: np.ndarray, seed: int = 0, photographs: Sequence[str] | None = None
) -> float:
    """The threshold of similarity `name` for activations q (N, K) and concepts p (N, M); NaN where no unit of
    the layer ever changes. `photographs` (N) are those of the pictures, None where each is its own."""
    rng = np.random.default_rng(seed)
    live = q[:, np.ptp(q, axis=0) > 0]
    if not live.shape[1]:
        return float("nan")
    units = np.tile(live, -(-LEAST // live.shape[1]))
    if photographs is None or len(set(photographs)) == len(photographs):
        shuffled = rng.permuted(units, axis=0)
    else:
        shuffled = _exchanged(units, photographs, rng)
    best = similarity(name, shuffled, p, layer=live).max(1)
    best = best[~np.isnan(best)]
    return float(np.quantile(best, LEVEL)) if len(best) else float("nan")


def _exchanged(units: np.ndarray, photographs: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """Each column of `units` with its photographs exchanged at random: the variants of one get the values of
    another's, in order, from the start again where that one has fewer."""
    groups = [np.flatnonzero(np.array(photographs) == name) for name in dict.fromkeys(photographs)]
    shuffled = np.empty_like(units)
    for column in range(units.shape[1]):
        for own, other in zip(groups, rng.permutation(len(groups)), strict=True):
            shuffled[own, column] = np.resize(units[groups[other], column], len(own))
    return shuffled


def interpretable(table: pd.DataFrame) -> pd.Series:
    """Which rows of a table of `dissect` are above their layer's threshold (`table.attrs["thresholds"]`)."""
    return table["similarity"] > table["layer"].map(table.attrs["thresholds"])
