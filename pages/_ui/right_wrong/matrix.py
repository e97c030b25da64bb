"""The confusion matrix, and the pictures of one of its cells."""

from __future__ import annotations

import pandas as pd

from xai_core.datasets import Dataset
from xai_core.evaluation.predictions import confusion, named
from xai_core.figures import confusion_matrix

from .. import state
from ..widgets import layout, look
from ..widgets.charts import plot, takeaways
from . import many, pair

LARGEST = 25  # classes that a matrix can show legibly


def show(table: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """The matrix and its filter, for many classes a table; returns the lines of the table that are left."""
    counts = confusion(table, data)
    if len(counts) > LARGEST:
        return many.show(table, data)
    layout.heading("Picture (row) and answer (column)")
    rows, columns = list(counts.index), list(counts.columns)
    cell = pair.chosen(len(rows), len(columns))
    key = f"confusion-{len(rows)}-{len(columns)}-{'.'.join(map(str, cell))}"

    def clicked() -> None:
        points = state.selected(key, "points")
        if points is None:
            return
        picked = tuple(map(int, points[0]["customdata"].split("."))) if points else ()
        state.put(cell=() if picked == cell else picked)

    figure = confusion_matrix(rows, columns, counts.to_numpy(), cell or None, look.accent(), look.ink())
    plot(figure, key=key, on_select=clicked, selection_mode="points", config={"displayModeBar": False})
    takeaways(figure, "confusion", "Answers for each true class")
    down, across = counts.to_numpy().nonzero()
    cells = sorted(zip(down.tolist(), across.tolist(), strict=True), key=lambda yx: -counts.iat[yx[0], yx[1]])
    by_name = {(y, x): f"{rows[y]}, answered {columns[x]}: {counts.iat[y, x]}" for y, x in cells}
    text = "Or click a cell of the matrix; click it again for all."
    picked = pair.choose(by_name, cell, f"cell-{key}", text)
    if not picked:
        return table
    row, column = rows[picked[0]], columns[picked[1]]
    return table[(table["label"] == row) & (named(table, data) == column)]
