"""A map in numbers and words, on maps whose answer is plain to see."""

import numpy as np
import pytest

from xai_core import Explanation
from xai_core.figures.describe import summarise
from xai_core.types import Params


def explanation(heatmap) -> Explanation:
    values = np.array(heatmap, dtype=np.float32)
    return Explanation(values, "grad_cam", 0, "cat", "l", Params(), False, 1, 1, 1, 0, values.shape)


@pytest.mark.parametrize(
    ("row", "column", "place"),
    [
        (0, 0, "at the top left"),
        (0, 4, "at the top"),
        (0, 8, "at the top right"),
        (3, 0, "on the left"),
        (3, 4, "in the centre"),
        (3, 8, "on the right"),
        (5, 0, "at the bottom left"),
        (5, 4, "at the bottom"),
        (5, 8, "at the bottom right"),
    ],
)
def test_the_place_of_the_peak(row, column, place):
    heatmap = np.zeros((6, 9))
    heatmap[row, column] = 2
    summary = summarise(explanation(heatmap))
    assert summary.place == place
    assert summary.peak == ((column + 0.5) / 9, (row + 0.5) / 6)
    assert summary.centre == pytest.approx(summary.peak)
    assert summary.half_area == pytest.approx(1 / 54)


def test_an_even_map_has_half_of_itself_on_half_of_the_area():
    summary = summarise(explanation(np.ones((4, 10))))
    assert summary.half_area == pytest.approx(0.5, abs=1 / 40 + 1e-9)
    assert summary.centre == pytest.approx((0.5, 0.5))


def test_only_the_positive_part_counts():
    summary = summarise(explanation([[-9.0, 1.0], [0.0, 3.0]]))
    assert summary.peak == (0.75, 0.75)
    assert summary.centre == pytest.approx((0.75, (0.25 * 1 + 0.75 * 3) / 4))


def test_nothing_positive_is_no_summary():
    assert summarise(explanation([[0.0, -1.0]])) is None
