"""XGrad-CAM: worked by hand, against loops, and the two axioms that give it its name."""

import torch

from xai_core.methods.xgrad_cam import xgrad_cam


def test_by_hand():
    activations = torch.tensor([[[[1.0, 3.0, 0.0]], [[2.0, 2.0, 4.0]]]], dtype=torch.float64)
    gradients = torch.tensor([[[[8.0, 4.0, 99.0]], [[-4.0, 4.0, 1.0]]]], dtype=torch.float64)
    # w_1 = (1*8 + 3*4 + 0*99) / 4 = 5 (a gradient counts only where its channel is active)
    # w_2 = (2*-4 + 2*4 + 4*1) / 8 = 1/2
    expected = torch.tensor([[[5.0 + 1, 15.0 + 1, 2.0]]], dtype=torch.float64)
    torch.testing.assert_close(xgrad_cam(activations, gradients), expected, rtol=1e-6, atol=0)


def test_against_loops():
    generator = torch.Generator().manual_seed(0)
    activations, gradients = torch.rand((2, 2, 3, 2, 4), generator=generator, dtype=torch.float64)
    result = xgrad_cam(activations, gradients - 0.5)
    for n in range(2):
        expected = torch.zeros(2, 4, dtype=torch.float64)
        for k in range(3):
            total, weight = float(activations[n, k].sum()) + 1e-7, 0.0
            for i in range(2):
                for j in range(4):
                    weight += float(activations[n, k, i, j] / total * (gradients[n, k, i, j] - 0.5))
            expected += weight * activations[n, k]
        torch.testing.assert_close(result[n], expected, rtol=1e-10, atol=1e-12)


def test_conservation():
    """sum_ij M_ij = sum_kij A g up to eps: the map shares out what gradient times activation adds up to."""
    generator = torch.Generator().manual_seed(1)
    activations, gradients = torch.rand((2, 1, 5, 3, 4), generator=generator, dtype=torch.float64)
    total = (activations * gradients).sum()
    torch.testing.assert_close(xgrad_cam(activations, gradients).sum(), total, rtol=1e-6, atol=0)


def test_a_dead_channel_adds_nothing_and_breaks_nothing():
    activations = torch.zeros(1, 2, 2, 3)
    activations[0, 0] = 1
    gradients = torch.ones(1, 2, 2, 3)
    torch.testing.assert_close(xgrad_cam(activations, gradients), torch.ones(1, 2, 3))
