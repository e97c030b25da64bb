"""Smooth Grad-CAM++: by hand from given powers, Grad-CAM++ without noise, and against a loop over copies."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.methods.grad_cam_plus_plus import grad_cam_plus_plus
from xai_core.methods.smooth_grad_cam_plus_plus import smooth_grad_cam_plus_plus, weighted
from xai_core.network.batches import Progress
from xai_core.network.capture import capture
from xai_core.network.scores import Score
from xai_core.types import LayerSpec

from .noise_by_hand import drawn


def test_by_hand():
    activations = torch.tensor([[[1.0, 3.0, 0.0]], [[2.0, 0.0, 1.0]]], dtype=torch.float64)
    first = torch.tensor([[[1.0, -1.0, 0.0]], [[0.5, 0.0, 0.0]]], dtype=torch.float64)
    second = torch.tensor([[[2.0, 9.0, 0.0]], [[4.0, 0.0, 1.0]]], dtype=torch.float64)
    third = torch.tensor([[[3.0, -9.0, 0.0]], [[-1.0, 0.0, 1.0]]], dtype=torch.float64)
    # channel 1 sums to 4: a at D = (1, 2, 3) is 2 / (4 + 12) = 1/8; D_1 = -1 is cut.       w_1 = 1/8
    # channel 2 sums to 3: a at D = (1/2, 4, -1) is 4 / (8 - 3) = 4/5, times D_1 = 1/2.       w_2 = 2/5
    expected = torch.tensor([[1 / 8 + 4 / 5, 3 / 8, 2 / 5]], dtype=torch.float64)
    assert_close(weighted(activations, first, second, third), expected, rtol=1e-6, atol=0)


def net():
    """Gradients at layer "0" differ from copy to copy, and the input is not square."""
    torch.manual_seed(0)
    made = nn.Sequential(
        nn.Conv2d(3, 5, 3), nn.Tanh(), nn.Conv2d(5, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 2 * 4, 3)
    )
    return made.double().eval().requires_grad_(False)


LAYER = LayerSpec("0", "Conv2d", 5, (4, 6), 1.5)


def run(model, x, score, progress=None, **options):
    activations = capture(model, x, [LAYER]).activations["0"]
    generator = torch.Generator().manual_seed(0)
    return smooth_grad_cam_plus_plus(
        model, x, score, LAYER, activations, generator, progress or Progress(), {}, **options
    )


def by_loop(model, x, target, samples, sigma):
    """One copy at a time, through the layer's output as a leaf; powers and places in Python's own loops."""
    activations, gradients = model[0](x)[0], []
    for noise in drawn(x, samples):
        leaf = model[0](x + sigma * noise).requires_grad_()
        (found,) = torch.autograd.grad(model[1:](leaf)[0, target], leaf)
        gradients.append(found[0])
    result = torch.zeros(4, 6, dtype=torch.float64)
    for k in range(5):
        total, weight = float(activations[k].sum()), 0.0
        for i in range(4):
            for j in range(6):
                d = [sum(float(g[k, i, j]) ** p for g in gradients) / samples for p in (1, 2, 3)]
                weight += d[1] / (2 * d[1] + total * d[2] + 1e-6) * max(0.0, d[0])
        result += weight * activations[k]
    return result


@pytest.mark.parametrize("target", [0, 2])
def test_against_a_loop(target):
    model, x = net(), torch.randn(1, 3, 6, 8, dtype=torch.float64)
    found = run(model, x, Score((target,)), samples=6, sigma=0.4)
    assert_close(found[0], by_loop(model, x, target, 6, 0.4), rtol=1e-9, atol=1e-12)


def test_without_noise_it_is_grad_cam_plus_plus():
    model, x, score = net(), torch.randn(2, 3, 6, 8, dtype=torch.float64), Score((0, 2))
    shared = capture(model, x, [LAYER], ["0"])
    expected = grad_cam_plus_plus(shared.activations["0"], shared.gradients(score)["0"])
    assert_close(run(model, x, score, samples=3, sigma=0.0), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("layer", core_and_peers(["blocks.2", "blocks.4", "blocks.6"]))
def test_without_noise_on_the_embedded_model(lite0_small, chelsea, layer):
    smooth = xai.explain(
        lite0_small, chelsea, "smooth_grad_cam_plus_plus", 282, layer, samples=2, sigma=0, relu=False
    )
    plain = xai.explain(lite0_small, chelsea, "grad_cam_plus_plus", 282, layer, relu=False)
    # in float32 a ReLU6 near its kink moves single gradients from batch to batch; float64 is held above
    np.testing.assert_allclose(smooth.heatmap, plain.heatmap, atol=1e-3 * np.abs(plain.heatmap).max())
    assert smooth.forwards == 1 + 2


@pytest.mark.networks
def test_on_a_transformer(tiny_vit, chelsea):
    smooth = xai.explain(tiny_vit, chelsea, "smooth_grad_cam_plus_plus", 1, samples=2, sigma=0, relu=False)
    plain = xai.explain(tiny_vit, chelsea, "grad_cam_plus_plus", 1, relu=False)
    np.testing.assert_allclose(smooth.heatmap, plain.heatmap, atol=1e-4 * np.abs(plain.heatmap).max())


def test_seeds_and_growth():
    model, x, shown = net(), torch.randn(1, 3, 6, 8, dtype=torch.float64), []
    progress = Progress(on_partial=lambda values, count, of: shown.append((values, count, of)))
    progress._next_look = 0.0
    found = run(model, x, Score((1,)), progress, samples=9, sigma=0.4)
    assert torch.equal(found, run(model, x, Score((1,)), samples=9, sigma=0.4))
    assert shown[0][1:] == (4, 9)
    assert progress.forwards == 9
