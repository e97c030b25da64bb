"""Curves, bands, histograms, amplified noise and rings."""

import numpy as np

from xai_core.figures import Curve, amplified, beside_chance, curves, enlarged, ringed


def test_curves_have_their_bands_and_names():
    x = [1, 2, 4]
    figure = curves(
        {
            "a": Curve(x, [0, 0.5, 1], "#112233", [0, 0.4, 0.9], [0.1, 0.6, 1]),
            "b": Curve(x, [1, 0.5, 0], "#445566", filled=[True, False, True]),
        },
        ("Epsilon", "Probability"),
        log=True,
    )
    band, a, b = figure.data
    assert list(band.x) == [1, 2, 4, 4, 2, 1]
    assert list(band.y) == [0.1, 0.6, 1, 0.9, 0.4, 0]
    assert band.fillcolor == "rgba(17, 34, 51, 0.18)"
    assert not band.showlegend
    assert (a.name, b.name) == ("a", "b")
    assert list(b.marker.symbol) == ["circle", "circle-open", "circle"]
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.ticktext) == ["1", "2", "4"]
    assert figure.layout.yaxis.title.text == "Probability"
    many = curves({"c": Curve(range(61), np.zeros(61), "#000000")}, ("x", "y"), None)
    assert many.data[0].mode == "lines"
    assert many.layout.yaxis.range is None


def test_a_value_beside_chance():
    figure = beside_chance(np.array([0.1, 0.2, 0.2]), 0.9, ("Drop", "Places"), ("#2F5BD0", "#C5CAD1"))
    assert list(figure.data[0].x) == [0.1, 0.2, 0.2]
    assert figure.layout.shapes[0].x0 == 0.9


def test_noise_is_amplified_as_far_as_nothing_is_cut():
    noise = np.zeros((2, 3, 3), np.int16)
    noise[0, 0] = (8, -8, 3)
    seen, factor = amplified(noise)
    assert factor == 15
    assert seen[0, 0].tolist() == [247, 7, 172]
    assert (seen[1] == 127).all()
    assert amplified(np.full((1, 1, 3), -200, np.int16))[0].tolist() == [[[0, 0, 0]]]
    assert amplified(np.zeros((1, 1, 3), np.int16))[1] == 127


def test_rings_stand_around_their_places():
    view = np.full((220, 220, 3), 127, np.uint8)
    found = ringed(view, np.array([[5, 5]]), (22, 22))
    changed = np.argwhere((found != view).any(2))
    assert np.abs(changed.mean(0) - 55).max() < 2
    assert (found[55, 55] == 127).all(), "the place itself stays visible"
    np.testing.assert_array_equal(ringed(view, np.empty((0, 2), int), (22, 22)), view)


def test_enlarged_pixels_stay_pixels():
    view = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    big = enlarged(view, 3)
    assert big.shape == (6, 6, 3)
    np.testing.assert_array_equal(big[::3, ::3], view)
