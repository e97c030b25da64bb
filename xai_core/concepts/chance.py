"""From which similarity on a unit counts as interpretable.

The units' activations are shuffled over the pictures, each unit for itself, so that no unit knows what it
sees; the threshold is the 99th percentile of the best similarity that such a unit reaches with any concept,
judged as one more unit of the layer. One unit in a hundred that answers at random passes. It is taken anew
for each layer and similarity, since neither back ends nor similarities share a scale; pictures that are alike
(crops of one photograph) make it too low, since shuffling parts them. Network Dissection has a threshold of
its own (`network_dissection`)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .similarity import similarity

LEVEL = 0.99
LEAST = 500  # shuffled units


def chance_threshold(name: str, q: np.ndarray, p: np.ndarray, seed: int = 0) -> float:
    """The threshold of similarity `name` for activations q (N, K) and concepts p (N, M); NaN where no unit of
    the layer ever changes."""
    rng = np.random.default_rng(seed)
    live = q[:, np.ptp(q, axis=0) > 0]
    if not live.shape[1]:
        return float("nan")
    shuffled = rng.permuted(np.tile(live, -(-LEAST // live.shape[1])), axis=0)
    best = similarity(name, shuffled, p, layer=live).max(1)
    best = best[~np.isnan(best)]
    return float(np.quantile(best, LEVEL)) if len(best) else float("nan")


def interpretable(table: pd.DataFrame) -> pd.Series:
    """Which rows of a table of `dissect` are above their layer's threshold (`table.attrs["thresholds"]`)."""
    return table["similarity"] > table["layer"].map(table.attrs["thresholds"])
