"""Marks against maps, on grids that are not square."""

import math

import numpy as np
import pandas as pd
import pytest

import xai_core as xai
from xai_core.inputs.views import InputGrid
from xai_core.trust_study import group_map, guess_score, on_grid
from xai_core.types import Box


def marks(*boxes):
    return pd.DataFrame(boxes, columns=["x0", "y0", "x1", "y1"])


def test_a_mark_on_the_whole_picture_lies_on_the_models_grid():
    """400x200: the crop takes the middle 200x200, 40x40 on the grid; the left half of the picture is
    x 0..200, of which 100..200 remain."""
    image = xai.ImageInput(np.zeros((200, 400, 3), np.uint8))
    grid = InputGrid((40, 40), 40, "bilinear", (0.5,) * 3, (0.5,) * 3)
    left, outside = (0.0, 0.0, 0.5, 0.5), (0.0, 0.0, 0.2, 1.0)
    (box,) = on_grid(marks(left, outside), image, grid)
    assert (box.x0, box.y0, box.x1, box.y1) == (0, 0, 20, 20)
    squashed = on_grid(marks(left), image.with_fit("squash"), grid)[0]
    assert (squashed.x0, squashed.y0, squashed.x1, squashed.y1) == (0, 0, 20, 20)
    wide = on_grid(marks((0.25, 0.5, 0.75, 1.0)), image.with_fit("pad"), grid)[0]
    assert (wide.x0, wide.y0, wide.x1, wide.y1) == (10, 20, 30, 30)


def test_iou_and_pointing_by_hand():
    values = np.zeros((40, 60), np.float32)
    values[10:20, 20:40] = 1.0
    values[15, 30] = 2.0
    same, half, far = Box("", 20, 10, 40, 20), Box("", 30, 10, 50, 20), Box("", 0, 30, 20, 40)
    assert guess_score(values, [same]).iou == 1.0
    assert guess_score(values, [half]).iou == pytest.approx(100 / 300)
    found = guess_score(values, [same, half, far])
    assert (found.iou, found.pointing, found.marks) == (
        pytest.approx((1 + 1 / 3) / 3),
        pytest.approx(2 / 3),
        3,
    )


def test_no_mark_and_an_empty_map():
    none = guess_score(np.ones((4, 6), np.float32), [])
    assert (math.isnan(none.iou), math.isnan(none.pointing), none.marks) == (True, True, 0)
    blank = guess_score(np.zeros((40, 60), np.float32), [Box("", 0, 0, 30, 40)])
    assert (blank.iou, blank.pointing, blank.marks) == (0.0, 0.0, 1)


def test_the_groups_map_is_the_share_of_marks():
    found = group_map([Box("", 0, 0, 3, 2), Box("", 2, 0, 6, 1)], (2, 6))
    np.testing.assert_array_equal(found, [[0.5, 0.5, 1, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0, 0, 0]])
    assert group_map([], (2, 6)).shape == (2, 6)
    assert not group_map([], (2, 6)).any()
