"""Concepts in their colours over a picture, and charts of what they do."""

import numpy as np
from plotly.colors import hex_to_rgb

from xai_core.figures import CONCEPT_COLOURS, beside_random_sets, concept_picture, importance_bars
from xai_core.figures.concept_masks import STRONG


def test_each_place_has_the_colour_of_its_strongest_concept():
    view = np.full((6, 10, 3), 200, np.uint8)
    strengths = np.zeros((2, 6, 10))
    strengths[0, :, :4], strengths[1, :, 2:6] = 0.5, 1
    drawn = concept_picture(view, strengths, CONCEPT_COLOURS[:2])
    grey = 0.9 * 200
    one, two = (np.array(hex_to_rgb(colour)) for colour in CONCEPT_COLOURS[:2])
    np.testing.assert_allclose(drawn[0, 0], (1 - STRONG / 2) * grey + STRONG / 2 * one, atol=1)
    np.testing.assert_allclose(drawn[5, 3], (1 - STRONG) * grey + STRONG * two, atol=1)
    np.testing.assert_allclose(drawn[5, 9], grey, atol=1)
    assert len(set(CONCEPT_COLOURS)) == len(CONCEPT_COLOURS) == 12


def test_importance_stands_in_the_order_given():
    figure = importance_bars(["a", "b"], [0.7, 0.2], ["#111111", "#222222"])
    (bars,) = figure.data
    assert list(bars.x) == [0.7, 0.2]
    assert list(figure.layout.yaxis.ticktext) == ["a", "b"]
    assert list(bars.marker.color) == ["#111111", "#222222"]


def test_filled_is_what_beats_the_control():
    figure = beside_random_sets(["a", "b"], [0.9, 0.5], [True, False], [0.4, 0.6, 0.5], "red", "grey")
    control, scores = figure.data
    assert list(control.x) == [0.4, 0.6, 0.5]
    assert set(control.y) == {2}
    assert list(scores.marker.symbol) == ["circle", "circle-open"]
