"""How stable a superpixel method is over seeds: mean, spread, and which superpixels can be relied on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..types import Explanation, InputError

RELIABLE = 2.0  # times its standard deviation that a weight must differ from zero


def stability(runs: Sequence[Explanation]) -> pd.DataFrame:
    """One row a superpixel: superpixel, mean, std (sample standard deviation over the runs), stable.

    Stable is a weight whose mean lies more than two standard deviations from zero. Raises InputError unless
    there are two runs or more over the same superpixels."""
    if len(runs) < 2 or runs[0].segments is None:
        raise InputError(
            f"stability has {len(runs)} runs; two or more of a method on superpixels are needed."
        )
    segments = runs[0].segments
    if any(e.segments is None or not np.array_equal(e.segments, segments) for e in runs):
        raise InputError(
            "The runs differ in their superpixels; stability needs the same ones in all of them."
        )
    first = np.unique(segments, return_index=True)[1]
    weights = np.stack([e.heatmap.ravel()[first] for e in runs]).astype(np.float64)
    mean, std = weights.mean(0), weights.std(0, ddof=1)
    stable = np.abs(mean) > RELIABLE * std
    return pd.DataFrame({"superpixel": np.arange(len(first)), "mean": mean, "std": std, "stable": stable})
