"""Regions by name and in fractions, as masks, and with a stamp in them."""

import numpy as np
import pytest
from PIL import Image

import xai_core as xai
from xai_core.testing import regions


@pytest.mark.parametrize(
    ("text", "share"),
    [("top_right", 1 / 16), ("border", 0.36), ("0 0 0.5 1", 0.5), ("0 0 0.5 0.5, 0.5 0.5 1 1", 0.5)],
)
def test_a_region_covers_its_share_of_a_grid_that_is_not_square(text, share):
    assert regions.mask_of_region(text, (40, 80)).mean() == pytest.approx(share)


def test_it_lies_where_it_is_called():
    rows, columns = np.nonzero(regions.mask_of_region("top_right", (40, 80)))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 9, 60, 79)


def test_lists_of_numbers_are_kept_in_one_form():
    assert regions.region_text([0.7, 0.7, 1, 1]) == "0.7 0.7 1 1"
    assert regions.region_text([[0, 0, 0.5, 1], [0.5, 0, 1, 0.5]]) == "0 0 0.5 1, 0.5 0 1 0.5"
    assert regions.region_text(" border ") == "border"


@pytest.mark.parametrize("wrong", ["middle", "0.7 0.7 1", "0.5 0 0.5 1", "0 0 1.5 1", [], [1, 2], ["a"]])
def test_others_are_refused_by_name(wrong):
    with pytest.raises(xai.InputError, match="accepted are top_left"):
        regions.region_text(wrong)


def test_a_region_without_a_pixel_and_one_that_is_everything_are_refused():
    for text in ("0 0 1 1", "0.5 0.5 0.501 0.501"):
        with pytest.raises(xai.InputError, match="a part of it is accepted"):
            regions.mask_of_region(text, (40, 80))


def test_a_stamp_fills_the_region_and_nothing_else(tmp_path):
    Image.fromarray(np.full((9, 9, 3), 200, np.uint8)).save(tmp_path / "mark.png")
    image = xai.ImageInput(np.zeros((40, 80, 3), np.uint8), "squash")
    made = regions.stamped(image, str(tmp_path / "mark.png"), "top_right").pixels
    mask = regions.mask_of_region("top_right", (40, 80))
    assert (made[mask] == 200).all()
    assert not made[~mask].any()
    assert not image.pixels.any()
