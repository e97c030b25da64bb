"""Eigen-Grad-CAM: worked by hand, against a full SVD of gradient times activation, and its sign."""

import pytest
import torch

from xai_core.methods.eigen_grad_cam import eigen_grad_cam
from xai_core.methods.hires_cam import hires_cam


def test_by_hand():
    # Gradient times activation is 3 and 4 times the pattern, so the map is 5 times the pattern; in its
    # counterfactual both products and with them the channel sum are negated, and the map is turned too.
    pattern = torch.tensor([[[-1.0, 0.0, 1.0]]], dtype=torch.float64)
    activations = torch.stack([pattern, 2 * pattern], 1)
    gradients = torch.stack([torch.full_like(pattern, 3.0), torch.full_like(pattern, 2.0)], 1)
    torch.testing.assert_close(eigen_grad_cam(activations, gradients), 5 * pattern, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(eigen_grad_cam(activations, -gradients), -5 * pattern, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 4, 5), (40, 4, 5)], ids=["c <= hw", "c > hw"])
def test_against_full_svd(shape):
    generator = torch.Generator().manual_seed(0)
    activations, gradients = torch.randn((2, 3, *shape), generator=generator, dtype=torch.float64)
    result = eigen_grad_cam(activations, gradients)
    for i in range(3):
        points = (activations[i] * gradients[i]).reshape(shape[0], -1).T
        centred = points - points.mean(0)
        u, strengths, _ = torch.linalg.svd(centred)
        expected = u[:, 0] * strengths[0]
        if (expected * centred.sum(1)).sum() < 0:
            expected = -expected
        torch.testing.assert_close(result[i].flatten(), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("channels", [2, 50], ids=["c <= hw", "c > hw"])
def test_sign_agrees_with_hires_cam(channels):
    generator = torch.Generator().manual_seed(2)
    for _ in range(10):
        activations, gradients = torch.randn((2, 1, channels, 3, 4), generator=generator, dtype=torch.float64)
        faithful = hires_cam(activations, gradients)
        result = eigen_grad_cam(activations, gradients)
        assert float((result * (faithful - faithful.mean())).sum()) > 0


def test_zero_gradients_give_an_empty_map():
    assert torch.equal(eigen_grad_cam(torch.rand(1, 5, 2, 3), torch.zeros(1, 5, 2, 3)), torch.zeros(1, 2, 3))
