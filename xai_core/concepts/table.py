"""Similarities of units and concepts as the rows that a person reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..display import drawer

COLUMNS = ("layer", "unit", "description", "similarity", "category", "runner_ups", "backend")
RUNNER_UPS = 4


class UnitTable(pd.DataFrame):
    """The table of `dissect`: a DataFrame, and so is all that pandas makes of it. A notebook shows it with a
    sentence that counts its units and a bar behind each similarity."""

    @property
    def _constructor(self) -> Callable[..., UnitTable]:
        return UnitTable

    def figure(self) -> Any:
        """The table as a Plotly figure."""
        return drawer().figure("units", self)

    def _repr_html_(self) -> str | None:
        if not pd.get_option("display.notebook_repr_html"):
            return None
        if set(COLUMNS) <= set(self.columns):
            return drawer().html("units", self)
        rows = pd.get_option("display.max_rows")  # what was computed from a part of the columns
        return self.to_html(notebook=True, max_rows=rows, show_dimensions=True)


def unit_table(parts: Sequence[pd.DataFrame], thresholds: dict[str, float], measure: str) -> UnitTable:
    """The parts below one another. `attrs` hold the thresholds by layer and the name of the measure."""
    table = UnitTable(pd.concat(parts, ignore_index=True)[list(COLUMNS)])
    table.attrs = {"thresholds": thresholds, "measure": measure}
    return table


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
