"""Relevance rank accuracy: by hand, with ties, and against one pixel after the other."""

import numpy as np
import pytest

from xai_core.metrics.rank_accuracy import rank_accuracy
from xai_core.types import Box

BOX = (Box("a", 0, 0, 2, 2),)  # four of the 4 x 6 pixels


def test_by_hand():
    values = np.zeros((4, 6))
    values[0, 0], values[1, 1], values[3, 5], values[2, 2] = 4, 3, 2, 1
    assert rank_accuracy(values, BOX) == pytest.approx(2 / 4)
    values[0, 1] = 5  # the lowest of the five is no longer among the four
    assert rank_accuracy(values, BOX) == pytest.approx(3 / 4)
    assert np.isnan(rank_accuracy(-values, BOX)), "nothing is positive"
    assert np.isnan(rank_accuracy(values, ()))
    assert np.isnan(rank_accuracy(values, (Box("all", 0, 0, 6, 4),))), "a map can lie nowhere else"


def test_equal_values_share_the_places():
    """A flat map has the object's share, whatever the order among equals."""
    assert rank_accuracy(np.ones((4, 6)), BOX) == pytest.approx(4 / 24)
    values = np.zeros((4, 6))
    values[0, 0] = 1  # one place is taken inside; three are shared by 23 pixels, three of them inside
    assert rank_accuracy(values, BOX) == pytest.approx((1 + 3 * 3 / 23) / 4)


def test_against_one_pixel_after_the_other():
    values = np.random.default_rng(0).random((9, 13)).astype(np.float32)
    boxes = (Box("a", 1, 2, 7, 6), Box("b", 5, 4, 12, 8))
    inside = {
        (y, x) for y in range(9) for x in range(13) for b in boxes if b.x0 <= x < b.x1 and b.y0 <= y < b.y1
    }
    order = sorted(((y, x) for y in range(9) for x in range(13)), key=lambda place: -values[place])
    hits = sum(place in inside for place in order[: len(inside)])
    assert rank_accuracy(values, boxes) == pytest.approx(hits / len(inside))
