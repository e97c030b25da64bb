"""The eleven colours: what anybody would call so is called so."""

import numpy as np
import pytest

from xai_core.concepts.colours import COLOURS, colour_indices, colour_masks

SEEN = {
    "black": [(0, 0, 0), (30, 25, 28), (10, 10, 45)],
    "white": [(255, 255, 255), (240, 240, 235)],
    "grey": [(128, 128, 128), (70, 72, 75), (200, 200, 205)],
    "red": [(255, 0, 0), (200, 20, 30), (160, 10, 10)],
    "orange": [(255, 140, 0), (240, 120, 30)],
    "yellow": [(255, 255, 0), (240, 220, 40)],
    "green": [(0, 160, 0), (90, 200, 80), (30, 80, 40)],
    "blue": [(0, 0, 255), (40, 90, 200), (120, 180, 240)],
    "purple": [(128, 0, 128), (140, 60, 200)],
    "pink": [(255, 150, 200), (255, 182, 193), (250, 80, 160)],
    "brown": [(120, 70, 30), (90, 50, 20), (139, 90, 60)],
}


@pytest.mark.parametrize("name", COLOURS)
def test_clear_colours_have_their_name(name):
    found = colour_indices(np.array(SEEN[name], np.uint8))
    assert [COLOURS[i] for i in found] == [name] * len(SEEN[name])


def test_every_pixel_has_exactly_one_colour():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    masks = colour_masks(pixels)
    assert list(masks) == list(COLOURS)
    assert (sum(mask.astype(int) for mask in masks.values()) == 1).all()
    assert masks["red"].shape == (50, 70)
