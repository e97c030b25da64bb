"""IS-CAM: its steps, by hand, against a loop, and Score-CAM where there is one step."""

import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.is_cam import PATHS, coefficients, is_cam
from xai_core.methods.score_cam import score_cam
from xai_core.network.batches import Progress
from xai_core.network.capture import capture
from xai_core.network.scores import Score

from .masks_by_hand import Sums, loop, small_net


def test_coefficients():
    assert coefficients(4, "straight") == [0.25, 0.5, 0.75, 1.0]
    assert coefficients(4, "sum") == [0.25, 0.75, 1.5, 2.5]  # 1/4, + 2/4, + 3/4, + 4/4
    running = 0.0
    for step, found in enumerate(coefficients(10, "sum")):  # torch-cam's own running sum
        running += (step + 1) / 10
        assert found == pytest.approx(running)
    assert coefficients(1, "sum") == coefficients(1, "straight") == [1.0]


@pytest.mark.parametrize(("path", "mean"), [("straight", 3 / 4), ("sum", 1.0)])
def test_by_hand(path, mean):
    """Of a linear score the mean over steps is its mean coefficient: (1/2 + 1) / 2, or (1/2 + 3/2) / 2."""
    x = torch.zeros(1, 3, 1, 3)
    x[0, 1] = torch.tensor([[1.0, 2.0, 3.0]])
    activations = torch.tensor([[[[0.0, 0.0, 5.0]], [[-4.0, -2.0, -4.0]]]])  # scores 3 and 2
    first = 1 / (1 + math.exp(-mean))
    expected = torch.tensor([[[-4 * (1 - first), -2 * (1 - first), 5 * first - 4 * (1 - first)]]])
    assert_close(is_cam(Sums(), x, Score((1,)), activations, Progress(), 2, path), expected)


@pytest.mark.parametrize("path", PATHS)
def test_against_a_loop(path):
    net, x = small_net(), torch.randn(2, 3, 13, 19, dtype=torch.float64)
    activations = capture(net, x, ["1"]).activations["1"]
    factors = [i / 3 for i in (1, 2, 3)] if path == "straight" else [1 / 3, 3 / 3, 6 / 3]
    expected = loop(net, x, (1, 3), activations, 3, lambda x, m, _i, r: factors[r] * x * m)
    found = is_cam(net, x, Score((1, 3)), activations, Progress(), 3, path)
    assert_close(found, expected, rtol=1e-10, atol=1e-12)


def test_one_step_is_score_cam():
    net, x = small_net(), torch.randn(2, 3, 13, 19, dtype=torch.float64)
    activations = capture(net, x, ["1"]).activations["1"]
    expected = score_cam(net, x, Score((1, 3)), activations, Progress())
    assert_close(is_cam(net, x, Score((1, 3)), activations, Progress(), 1), expected)


def test_on_the_embedded_model(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "is_cam", 282, "blocks.0", steps=2, relu=False)
    plain = xai.explain(lite0_small, chelsea, "score_cam", 282, "blocks.0", relu=False)
    assert e.forwards == 1 + 2 * 16
    assert np.ptp(e.heatmap) > 0
    assert (e.heatmap != plain.heatmap).any()
