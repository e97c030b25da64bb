"""Score-CAM: worked by hand, against one naive forward pass a channel, and its handling of constant
channels.
"""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import xai_core as xai
from xai_core.methods.score_cam import score_cam
from xai_core.network.batches import Progress
from xai_core.network.capture import capture
from xai_core.network.scores import Score


class _Sum(nn.Module):
    """Logit k is the sum of input plane k."""

    def forward(self, x):
        return x.sum((2, 3))


def test_by_hand():
    x = torch.zeros(1, 3, 1, 3)
    x[0, 1] = torch.tensor([[1.0, 2.0, 3.0]])
    activations = torch.tensor([[[[0.0, 0.0, 5.0]], [[-4.0, -2.0, -4.0]]]])  # already at the input's size
    # masks (0, 0, 1) and (0, 1, 0) let 3 and 2 through to logit 1; softmax(3, 2) = (e, 1) / (e + 1)
    first, second = math.e / (math.e + 1), 1 / (math.e + 1)
    expected = torch.tensor([[[-4 * second, -2 * second, 5 * first - 4 * second]]])
    result = score_cam(_Sum(), x, Score((1,)), activations, Progress())
    torch.testing.assert_close(result, expected, rtol=1e-6, atol=1e-6)
    # the counterfactual asks for -s: softmax(-3, -2) swaps the weights
    swapped = torch.tensor([[[-4 * first, -2 * first, 5 * second - 4 * first]]])
    result = score_cam(_Sum(), x, Score((1,), negate=True), activations, Progress())
    torch.testing.assert_close(result, swapped, rtol=1e-6, atol=1e-6)
    # against logit 2, which is 0 whatever the mask, nothing changes
    result = score_cam(_Sum(), x, Score((1,), contrast=2), activations, Progress())
    torch.testing.assert_close(result, expected, rtol=1e-6, atol=1e-6)


def test_masks_are_enlarged_with_aligned_corners():
    x = torch.zeros(1, 3, 1, 5)
    x[0, 0] = torch.tensor([[1.0, 10.0, 100.0, 1000.0, 10000.0]]) / 10000
    activations = torch.tensor([[[[0.0, 1.0]], [[1.0, 0.0]]]])
    # two places over five: 0, 1/4, 1/2, 3/4, 1, so both scores are known, and w is their softmax
    rising = (10 / 4 + 100 / 2 + 1000 * 3 / 4 + 10000) / 10000
    falling = (1 + 10 * 3 / 4 + 100 / 2 + 1000 / 4) / 10000
    weight = 1 / (1 + math.exp(falling - rising))
    result = score_cam(_Sum(), x, Score((0,)), activations, Progress())
    torch.testing.assert_close(result, torch.tensor([[[1 - weight, weight]]]), rtol=1e-5, atol=1e-6)


def naive(net, x, target, activations):
    """One channel at a time, one image at a time, on the network itself."""
    maps = []
    for i in range(len(x)):
        scores = []
        for k in range(activations.shape[1]):
            mask = F.interpolate(
                activations[i : i + 1, k : k + 1], x.shape[2:], mode="bilinear", align_corners=True
            )
            mask = (mask - mask.min()) / (mask.max() - mask.min() + 1e-8)
            with torch.no_grad():
                scores.append(float(net(x[i : i + 1] * mask)[0, target[i]]))
        highest = max(scores)
        powers = [math.exp(score - highest) for score in scores]
        weights = [power / sum(powers) for power in powers]
        maps.append(sum(w * a for w, a in zip(weights, activations[i], strict=True)))
    return torch.stack(maps)


def test_against_a_naive_loop():
    """A batch of two images with a class each, 11 channels (more than one batch), non-square throughout."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 11, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(11, 4)
    )
    net = net.double().eval().requires_grad_(False)
    x = torch.randn(2, 3, 13, 19, dtype=torch.float64)
    activations = capture(net, x, ["1"]).activations["1"]
    result = score_cam(net, x, Score((1, 3)), activations, Progress())
    assert result.shape == (2, 6, 9)
    torch.testing.assert_close(result, naive(net, x, (1, 3), activations), rtol=1e-10, atol=1e-12)


def test_constant_channels_share_one_pass():
    """Channels without contrast all give the black image: one pass for all of them, the same map."""
    torch.manual_seed(1)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    net = net.double().eval().requires_grad_(False)
    x = torch.randn(1, 3, 8, 10, dtype=torch.float64)
    activations = torch.rand(1, 9, 4, 5, dtype=torch.float64)
    activations[0, 2], activations[0, 5], activations[0, 8] = 0, 3, -1
    progress = Progress()
    result = score_cam(net, x, Score((1,)), activations, progress)
    assert progress.forwards == 6 + 1
    torch.testing.assert_close(result, naive(net, x, (1,), activations), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("target", [243, 282])
def test_through_the_folded_network(lite0, dog_cat, target):
    """explain() scores with batch norm folded into the convolutions; the loop runs the network as it is."""
    e = xai.explain(lite0, dog_cat, "score_cam", target=target, layer="blocks.0", relu=False)
    with lite0.session() as net:
        x = lite0.preprocess(dog_cat)
        activations = capture(net, x, ["blocks.0"]).activations["blocks.0"]
        expected = naive(net, x, (target,), activations)[0]
    assert e.forwards == 1 + 16
    scale = float(expected.abs().max())
    torch.testing.assert_close(torch.tensor(e.heatmap), expected, rtol=0, atol=1e-4 * scale)
