"""Grad-CAM element-wise: worked by hand, against loops, and what it is where nothing is negative."""

import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.grad_cam_elementwise import grad_cam_elementwise
from xai_core.methods.hires_cam import hires_cam


def test_by_hand():
    activations = torch.tensor([[[[1.0, 3.0, -2.0]], [[2.0, 1.0, 1.0]]]])
    gradients = torch.tensor([[[[1.0, -1.0, -2.0]], [[0.5, 2.0, -1.0]]]])
    # products 1, -3, 4 and 1, 2, -1; the negative ones are cut before the sum
    assert_close(grad_cam_elementwise(activations, gradients), torch.tensor([[[2.0, 2.0, 4.0]]]))


def test_against_loops():
    generator = torch.Generator().manual_seed(0)
    activations, gradients = torch.randn((2, 2, 3, 2, 4), generator=generator, dtype=torch.float64)
    result = grad_cam_elementwise(activations, gradients)
    for n in range(2):
        for i in range(2):
            for j in range(4):
                products = [float(activations[n, k, i, j] * gradients[n, k, i, j]) for k in range(3)]
                assert float(result[n, i, j]) == pytest.approx(sum(p for p in products if p > 0), abs=1e-12)


def test_for_and_against_split_hires_cam():
    """Its map for the score less its map for the negated score is HiResCAM."""
    generator = torch.Generator().manual_seed(1)
    activations, gradients = torch.randn((2, 1, 5, 3, 4), generator=generator, dtype=torch.float64)
    split = grad_cam_elementwise(activations, gradients) - grad_cam_elementwise(activations, -gradients)
    assert_close(split, hires_cam(activations, gradients))


def test_it_is_never_negative(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "grad_cam_elementwise", 282, "blocks.4")
    assert e.heatmap.min() >= 0
    assert not e.signed
    against = xai.explain(lite0_small, chelsea, "grad_cam_elementwise", 282, "blocks.4", counterfactual=True)
    assert against.heatmap.min() >= 0
    assert (against.heatmap != e.heatmap).any()
