"""Long maps show themselves while they grow: labelled with what is behind them, and changing nothing."""

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.methods._paths import coarse_first as places_first
from xai_core.methods.occlusion import coarse_first, filled
from xai_core.network.batches import Progress, run_batches

GROWING = {
    "occlusion": ({"window": 8, "stride": 8}, 96),
    "lime": ({"samples": 80, "segments": 12}, 80),
    "kernel_shap": ({"samples": 80, "segments": 12}, 80),
    "rise": ({"masks": 80}, 80),
    "extremal_perturbation": ({"steps": 12}, 12),
    "hsic": ({"masks": 100, "grid": 4}, 100),
    "sobol": ({"designs": 32, "grid": 2}, 32),
    "smooth_grad": ({"samples": 12}, 12),
    "integrated_gradients": ({"steps": 12}, 12),
    "guided_ig": ({"steps": 12}, 12),
    "blur_ig": ({"steps": 12}, 12),
    "xrai": ({"steps": 6}, 12),
    "score_cam": ({}, 112),
    "is_cam": ({"steps": 2}, 224),
    "ss_cam": ({"samples": 2, "sigma": 0.1}, 224),
    "opti_cam": ({"steps": 12}, 12),
    "smooth_grad_cam_plus_plus": ({"samples": 12, "relu": False}, 12),
    "smooth_grad_squared": ({"samples": 12}, 12),
    "var_grad": ({"samples": 12}, 12),
}


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("xai_core.network.batches.FIRST_LOOK", 0.0)
    monkeypatch.setattr("xai_core.network.batches.NEXT_LOOK", 0.0)


@pytest.mark.parametrize("method", GROWING)
def test_a_long_map_grows(lite0_small, chelsea, method, impatient):
    params, total = GROWING[method]
    layer = "blocks.4" if method in ("score_cam", "is_cam", "ss_cam") else None
    request = xai.Request(method, 281, layer, params)
    looks = []
    (grown,) = xai.explain_many(lite0_small, chelsea, [request], on_partial=looks.append)
    (plain,) = xai.explain_many(lite0_small, chelsea, [request])
    np.testing.assert_allclose(grown.heatmap, plain.heatmap, atol=1e-5 * max(1, np.abs(plain.heatmap).max()))
    counts = [look.samples for look in looks]
    assert counts == sorted(set(counts))
    assert counts
    assert 0 < counts[0] < looks[0].of
    assert counts[-1] < looks[0].of
    assert all(look.request == request and look.of == looks[0].of for look in looks)
    assert looks[0].of <= total
    last = looks[-1].map.upsampled()
    assert np.corrcoef(last.ravel(), plain.upsampled().ravel())[0, 1] > 0.6


def test_a_counterfactual_look_has_its_sign(lite0_small, chelsea, impatient):
    looks = []
    request = xai.Request("score_cam", 281, "blocks.4", {"counterfactual": True, "relu": False})
    xai.explain_many(lite0_small, chelsea, [request], on_partial=looks.append)
    (plain,) = xai.explain_many(lite0_small, chelsea, [request])
    a, b = looks[-1].map.heatmap, plain.heatmap
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.6


def test_nobody_looks_too_often():
    seen = []
    progress = Progress(on_partial=lambda values, samples, of: seen.append((samples, of)))
    assert not progress.due()
    progress._next_look = 0.0
    assert progress.due()
    progress.show(torch.zeros(2, 2), 3, 9)
    assert seen == [(3, 9)]
    assert not progress.due()
    assert not Progress().due()


def test_the_last_batch_is_no_look(impatient):
    counts = []
    progress = Progress(on_partial=lambda *_: None)
    found = run_batches(
        lambda a, b: torch.arange(a, b),
        10,
        torch.device("cpu"),
        progress,
        4,
        lambda pieces, count: counts.append((pieces.tolist(), count)),
    )
    assert found.tolist() == list(range(10))
    assert counts == [(list(range(4)), 4), (list(range(8)), 8)]


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (8, 8), (28, 28), (27, 43)])
def test_windows_are_tried_coarsely_first(size):
    order = coarse_first(*size)
    assert sorted(order) == list(range(size[0] * size[1]))
    values = torch.rand(size)
    known = torch.full((values.numel(),), float("nan"))
    for count in (1, 20, values.numel()):
        chosen = torch.from_numpy(order[:count])
        known[chosen] = values.flatten()[chosen]
        coarse = filled(known.view(size))
        assert torch.equal(coarse.flatten()[chosen], values.flatten()[chosen])
    assert torch.equal(coarse, values)


def test_the_first_look_covers_the_whole_grid():
    order = coarse_first(28, 28)[:49]
    assert {(n // 28, n % 28) for n in order} == {(r, c) for r in range(0, 28, 4) for c in range(0, 28, 4)}
    known = torch.full((784,), float("nan"))
    known[torch.from_numpy(order)] = torch.arange(49.0)
    coarse = filled(known.view(28, 28))
    assert coarse[5, 9] == coarse[4, 8] == 9


@pytest.mark.parametrize("count", [1, 2, 7, 50])
def test_places_on_the_way_are_spread(count):
    order = places_first(count)
    assert sorted(order) == list(range(count))
    if count == 50:
        assert np.ptp(order[:4]) >= 24
