"""Pixel flipping and its symmetric relevance gain: exact, by hand, and zero where it must be."""

import numpy as np
import pytest

from tests.xai_core.attacks.hand import handle, logits, picture
from xai_core.metrics.cells import superpixels
from xai_core.metrics.pixel_flipping import QUALITY, pixel_flipping

from .test_insertion import explanation, softmax


def hidden_one_by_one(own, image, places, target):
    """The probability after each superpixel of `places` is blacked out: 2 x 2 pixels of 4 x 6."""
    cells, pixels, found = superpixels((4, 6), 2), image.pixels.astype(float), []
    for count in range(len(places) + 1):
        gone = np.isin(cells, places[:count])
        found.append(softmax(logits(own, np.where(gone[..., None], 0.0, pixels)))[target])
    return np.array(found)


def test_both_orders_and_the_gain_by_hand():
    own, image = handle(3), picture(1)
    values = np.random.default_rng(2).normal(size=(4, 6))
    found = pixel_flipping(own, image, explanation(values), superpixel=2)
    means = values.astype(np.float32).reshape(2, 2, 3, 2).mean((1, 3)).ravel()
    places = np.argsort(-means)
    most, least = (hidden_one_by_one(own, image, order, 1) for order in (places, places[::-1]))
    np.testing.assert_allclose(found.most_first, most, atol=1e-6)
    np.testing.assert_allclose(found.least_first, least, atol=1e-6)
    areas = [(curve[1:] + curve[:-1]).mean() / 2 for curve in (most, least)]
    assert found.most_area == pytest.approx(areas[0], abs=1e-6)
    assert found.least_area == pytest.approx(areas[1], abs=1e-6)
    assert found.gain == pytest.approx(areas[1] - areas[0], abs=1e-6)
    assert QUALITY.better == "higher"


def test_the_opposite_map_has_the_opposite_gain():
    own, image = handle(3), picture(1)
    values = np.random.default_rng(2).normal(size=(4, 6))
    gains = [
        pixel_flipping(own, image, explanation(sign * values), superpixel=2, score="logit").gain
        for sign in (1, -1)
    ]
    assert gains[0] == pytest.approx(-gains[1], abs=1e-6)
    assert abs(gains[0]) > 1e-3


def test_what_hides_changes_the_areas_but_hardly_the_gain_of_the_true_order():
    """A linear network on pixels of one value: black and white shift both areas alike."""
    own, image = handle(3), picture(1, 127, 128)
    values = np.random.default_rng(3).normal(size=(4, 6))
    black, white = (
        pixel_flipping(own, image, explanation(values), superpixel=2, baseline=kind, score="logit")
        for kind in ("black", "white")
    )
    assert black.most_area != pytest.approx(white.most_area, abs=0.05)
    assert black.gain == pytest.approx(-white.gain * 127 / 128, abs=1e-5)
