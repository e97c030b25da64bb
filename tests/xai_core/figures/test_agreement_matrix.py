"""The matrix of agreement: its numbers stand in the cells where they have room."""

import numpy as np
import pytest

from xai_core.figures.charts import MOST_NUMBERS, agreement_matrix


@pytest.mark.parametrize(("count", "shown"), [(2, True), (MOST_NUMBERS, True), (MOST_NUMBERS + 1, False)])
def test_numbers_stand_where_they_have_room(count, shown):
    table = np.full((count, count), -0.25)
    table[0, 1] = np.nan
    figure = agreement_matrix([f"map {number}" for number in range(count)], table, "rank", "#000")
    (cells,) = figure.data
    assert bool(cells.texttemplate) is shown
    assert cells.text[1][0] == "−0.25"
    assert cells.text[0][1] == ""
    assert "%{z:.3f}" in cells.hovertemplate
