"""Local Lipschitz and relative input stability: by hand, on a linear network, and copies of another class."""

import numpy as np
import pytest

import xai_core as xai
from tests.xai_core.attacks.hand import handle, logits, picture, weights
from xai_core.metrics.input_stability import input_stability, local_lipschitz, relative_input_stability
from xai_core.metrics.sensitivity import neighbours

TIMES = xai.Request("input_x_gradient", 1, None, {"aggregate": "signed"})


def test_formulas_by_hand():
    values, moved = np.array([3.0, -4.0]), [np.array([3.0, -3.0]), np.array([6.0, -4.0])]
    x, moved_x = np.array([0.5, 0.5]), [np.array([0.5, 0.75]), np.array([0.0, 0.5])]
    assert local_lipschitz(values, moved, x, moved_x, scaled=False) == pytest.approx(6)  # 1 / 0.25, 3 / 0.5
    assert local_lipschitz(values, moved, x, moved_x) == pytest.approx(6 / 5)
    # (1/4) / (0.25/0.5) and (3/3) / (0.5/0.5)
    assert relative_input_stability(values, moved, x, moved_x) == pytest.approx(1)
    assert relative_input_stability(values, moved[:1], x, moved_x[:1]) == pytest.approx(0.5)
    assert np.isnan(relative_input_stability(values, [], x, []))
    assert np.isnan(local_lipschitz(np.zeros(2), moved, x, moved_x))


def test_what_is_near_zero_is_measured_by_the_floor():
    values, other = np.array([1.0, 0.0]), np.array([1.0, 0.001])
    x, copy = np.array([0.0, 1.0]), np.array([1 / 255, 1.0])
    assert relative_input_stability(values, [other], x, [copy]) == pytest.approx(1)
    assert relative_input_stability(values, [other], x, [copy], floor=1e-6) == pytest.approx(1000)


def test_a_linear_network_copy_by_copy():
    """Input times gradient, whose map is linear in the picture."""
    own, image = handle(3), picture(2, 60, 200)
    found = input_stability(own, image, TIMES, samples=5, seed=3)
    slope = weights(own)[1] * 255
    mean = np.array(own.grid.mean)
    x = image.pixels / 255
    maps, ratios, relative = (slope * (x - mean)).sum(2), [], []
    answer = logits(own, image.pixels).argmax()
    least = np.maximum(np.abs(maps), np.abs(maps).max() / 1000)
    for copy in neighbours(image.pixels, 4.0, 5, 3):
        step = copy.pixels / 255 - x
        change = (slope * step).sum(2)
        ratios.append(np.sqrt((change**2).sum() / (maps**2).sum() / (step**2).sum()))
        if logits(own, copy.pixels).argmax() == answer:
            relative.append(np.sqrt(((change / least) ** 2).sum() / ((step / x) ** 2).sum()))
    assert found.lipschitz == pytest.approx(max(ratios), rel=1e-5)
    assert found.relative == pytest.approx(max(relative), rel=1e-4)
    assert (found.kept, found.samples) == (len(relative), 5)
    raw = input_stability(own, image, TIMES, samples=5, seed=3, scaled=False)
    assert raw.lipschitz == pytest.approx(found.lipschitz * np.linalg.norm(maps), rel=1e-5)


def test_copies_of_another_class_do_not_count(monkeypatch):
    from xai_core.metrics import input_stability as module

    own, image = handle(3), picture(2, 60, 200)
    answers = iter([0, 1, 1, 1])
    monkeypatch.setattr(module, "predict", lambda *_: [xai.ClassScore(next(answers), "", 0.0, 0.0)])
    found = input_stability(own, image, TIMES, samples=3)
    assert found.kept == 0
    assert np.isnan(found.relative)
    assert found.lipschitz > 0


def test_a_map_that_does_not_depend_on_the_picture_stays():
    own = handle(3)
    found = input_stability(own, picture(), xai.Request("gradient", 1), samples=2)
    assert (found.lipschitz, found.relative) == pytest.approx((0, 0), abs=1e-6)


def test_refusals_and_cancel():
    own = handle(3)
    with pytest.raises(xai.InputError, match="no target"):
        input_stability(own, picture(), xai.Request("gradient"))
    with pytest.raises(xai.InputError, match=r"radius is 0\.5 and samples 8"):
        input_stability(own, picture(), TIMES, radius=0.5)
    with pytest.raises(xai.Cancelled):
        input_stability(own, picture(), TIMES, cancelled=lambda: True)
