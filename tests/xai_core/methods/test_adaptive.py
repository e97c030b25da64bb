"""Drawing until it is enough: the reliability by hand and against what it predicts, and every method that
can.
"""

import numpy as np
import pytest

import xai_core as xai
from xai_core.methods._adaptive import GROWTH, drawn, reliability

CASES = {
    "lime": {"samples": 120, "segments": 10},
    "kernel_shap": {"samples": 120, "segments": 25},
    "rise": {"masks": 120, "grid": 4},
    "smooth_grad": {"samples": 30, "sigma": 0.1},
}
NAMES = {"rise": "masks"}


def test_reliability_by_hand():
    one = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert reliability(one, 10 * one) == 1
    assert reliability(one, -one) == 0
    other = np.array([[1.0, 3.0], [2.0, 4.0]])  # Spearman: 1 - 6 * 2 / (4 * 15) = 0.8
    assert reliability(one, other) == pytest.approx(2 * 0.8 / 1.8)
    assert reliability(one, np.zeros_like(one)) == 0


def test_it_is_what_another_draw_brings():
    """Means of noisy samples: the reliability of one draw, against the correlation of whole draws."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=400)
    draws = truth + rng.normal(scale=6, size=(40, 50, 400))  # 40 maps of 50 samples each
    expected = np.mean([reliability(m[::2].mean(0), m[1::2].mean(0)) for m in draws])
    maps = draws.mean(1)
    ranks = np.argsort(np.argsort(maps, axis=1), axis=1)
    between = np.corrcoef(ranks)[np.triu_indices(40, 1)].mean()
    assert 0.4 < between < 0.8
    assert expected == pytest.approx(between, abs=0.03)


def test_all_at_once_or_look_by_look():
    seen = []
    one = np.arange(6.0)

    def halves(count):
        return (one, one) if count >= 100 else (one, -one)

    def draw(start, stop):
        seen.append((start, stop))

    assert drawn(1000, 50, 0.0, draw, halves) == (1000, 1.0)
    assert seen == [(0, 1000)]
    seen.clear()
    assert drawn(1000, 50, 0.9, draw, halves) == (113, 1.0)
    assert seen == [(0, 50), (50, 75), (75, 113)]
    assert GROWTH == 1.5
    seen.clear()
    assert drawn(60, 50, 0.9, draw, halves) == (60, 0.0), "never stable: all of them"
    assert seen == [(0, 50), (50, 60)]
    assert drawn(4, 50, 0.9, lambda *_: None, lambda _: None) == (4, 1.0), "nothing depends on chance"
    seen.clear()
    assert drawn(131, 51, 0.9, draw, halves, together=2) == (118, 1.0)
    assert seen == [(0, 52), (52, 78), (78, 118)], "no look parts a pair"


@pytest.mark.parametrize("method", CASES)
def test_it_stops_when_it_is_stable_and_says_so(lite0_small, chelsea, method):
    params, name = CASES[method], NAMES.get(method, "samples")
    e = xai.explain(lite0_small, chelsea, method, 282, **params, stable=0.1)
    assert e.facts["samples"] < params[name]
    assert 0.1 <= e.facts["reliability"] <= 1
    assert e.forwards < params[name]
    assert np.abs(e.heatmap).max() > 0
    every = xai.explain(lite0_small, chelsea, method, 282, **params)
    assert every.facts["samples"] == params[name]
    assert every.facts["reliability"] > 0
    never = xai.explain(lite0_small, chelsea, method, 282, **params, stable=0.99)
    if never.facts["samples"] == params[name]:
        np.testing.assert_allclose(never.heatmap, every.heatmap, rtol=1e-4, atol=1e-5)
    else:
        assert never.facts["reliability"] >= 0.99


@pytest.mark.parametrize("method", ["lime", "smooth_grad"])
def test_stopping_early_is_having_asked_for_fewer(lite0_small, chelsea, method):
    e = xai.explain(lite0_small, chelsea, method, 282, **CASES[method], stable=0.1)
    fewer = CASES[method] | {"samples": int(e.facts["samples"])}
    same = xai.explain(lite0_small, chelsea, method, 282, **fewer)
    np.testing.assert_allclose(e.heatmap, same.heatmap, rtol=1e-4, atol=1e-6)


def test_progress_ends_at_what_was_announced(lite0_small, chelsea):
    seen = []
    request = xai.Request("lime", 282, params=CASES["lime"] | {"stable": 0.1})
    xai.explain_many(lite0_small, chelsea, [request], lambda *now: seen.append(now))
    assert seen[-1][0] == seen[-1][1]


def test_a_game_of_few_superpixels_is_exact_and_draws_nothing(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "kernel_shap", 282, segments=4, segmentation="grid", stable=0.5)
    assert e.facts["samples"] == 2**4 - 2
    assert e.facts["reliability"] == 1
