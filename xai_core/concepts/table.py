"""Similarities of units and concepts as the rows that a person reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

COLUMNS = ("layer", "unit", "description", "similarity", "category", "runner_ups", "backend")
RUNNER_UPS = 4


def rows_of(
    layer: str, found: np.ndarray, words: Sequence[str], category: Callable[[str], str], backend: str
) -> pd.DataFrame:
    """`found` (K, M) with the M words -> one row a unit; ties go to the earlier word."""
    order = np.argsort(-found, axis=1, kind="stable")[:, : RUNNER_UPS + 1]
    live = ~np.isnan(found).any(1)
    names = [[words[i] for i in row] if known else [""] for row, known in zip(order, live, strict=True)]
    return pd.DataFrame(
        {
            "layer": layer,
            "unit": np.arange(len(found)),
            "description": [row[0] for row in names],
            "similarity": [float(v[i[0]]) for v, i in zip(found, order, strict=True)],
            "category": [category(row[0]) for row in names],
            "runner_ups": ["; ".join(row[1:]) for row in names],
            "backend": backend,
        }
    )
