"""SS-CAM: against a loop with the same noise, Score-CAM without noise, and the same for every batch size."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.score_cam import score_cam
from xai_core.methods.ss_cam import SMOOTH, ss_cam
from xai_core.network.batches import Progress
from xai_core.network.capture import capture
from xai_core.network.scores import Score

from .masks_by_hand import Sums, loop, small_net


def run(net, x, score, activations, seed=0, **options):
    return ss_cam(net, x, score, activations, torch.Generator().manual_seed(seed), Progress(), **options)


def drawn(images, samples, shape, seed=0):
    """The standard normal noise of each image and round."""
    seeds = torch.randint(2**62, (images, samples), generator=torch.Generator().manual_seed(seed)).tolist()
    return [
        [torch.randn(shape, generator=torch.Generator().manual_seed(one)).double() for one in row]
        for row in seeds
    ]


def test_by_hand():
    """Of a linear score each channel's is its own plus what the shared noise adds, which the softmax takes
    away: the map is Score-CAM's."""
    x = torch.zeros(1, 3, 1, 3)
    x[0, 1] = torch.tensor([[1.0, 2.0, 3.0]])
    activations = torch.tensor([[[[0.0, 0.0, 5.0]], [[-4.0, -2.0, -4.0]]]])
    plain = score_cam(Sums(), x, Score((1,)), activations, Progress())
    for smooth in SMOOTH:
        assert_close(run(Sums(), x, Score((1,)), activations, samples=3, smooth=smooth), plain)


@pytest.mark.parametrize("smooth", SMOOTH)
def test_against_a_loop(smooth):
    net, x = small_net(), torch.randn(2, 3, 13, 19, dtype=torch.float64)
    activations = capture(net, x, ["1"]).activations["1"]
    noise = drawn(2, 3, (1, 13, 19) if smooth == "activations" else (3, 13, 19))

    def picture(image, mask, i, r):
        added = 0.5 * noise[i][r]
        return image * (mask + added) if smooth == "activations" else image * mask + added

    expected = loop(net, x, (1, 3), activations, 3, picture)
    found = run(net, x, Score((1, 3)), activations, samples=3, sigma=0.5, smooth=smooth)
    assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("smooth", SMOOTH)
def test_without_noise_it_is_score_cam(smooth):
    net, x = small_net(), torch.randn(2, 3, 13, 19, dtype=torch.float64)
    activations = capture(net, x, ["1"]).activations["1"]
    plain = score_cam(net, x, Score((1, 3)), activations, Progress())
    assert_close(run(net, x, Score((1, 3)), activations, samples=2, sigma=0.0, smooth=smooth), plain)


@pytest.mark.parametrize("batch", [1, 7, 50])
def test_the_batch_changes_nothing(monkeypatch, batch):
    net, x = small_net(), torch.randn(1, 3, 13, 19, dtype=torch.float64)
    activations = capture(net, x, ["1"]).activations["1"]
    expected = run(net, x, Score((1,)), activations, samples=3)
    monkeypatch.setattr("xai_core.network.batches.CPU_BATCH", batch)
    assert_close(run(net, x, Score((1,)), activations, samples=3), expected)
    assert not torch.equal(run(net, x, Score((1,)), activations, seed=1, samples=3), expected)


def test_on_the_embedded_model(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "ss_cam", 282, "blocks.0", samples=2, sigma=0.3, relu=False)
    again = xai.explain(lite0_small, chelsea, "ss_cam", 282, "blocks.0", samples=2, sigma=0.3, relu=False)
    assert e.forwards == 1 + 2 * 16
    assert np.ptp(e.heatmap) > 0
    assert e.heatmap.tobytes() == again.heatmap.tobytes()
