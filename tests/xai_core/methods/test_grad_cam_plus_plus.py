"""Grad-CAM++: worked by hand, against loops over the formula, and its property for equal positive
gradients.
"""

import pytest
import torch

from xai_core.methods.grad_cam_plus_plus import grad_cam_plus_plus


def test_by_hand():
    activations = torch.tensor([[[[1.0, 3.0, 0.0]], [[2.0, 0.0, 1.0]]]], dtype=torch.float64)
    gradients = torch.tensor([[[[1.0, 0.0, -2.0]], [[0.0, 2.0, 0.0]]]], dtype=torch.float64)
    # channel 1 sums to 4: a at g = 1 is 1 / (2 + 4 + eps) = 1/6; at g = 0 it is 0; g = -2 is cut. w_1 = 1/6
    # channel 2 sums to 3: a at g = 2 is 4 / (8 + 24 + eps) = 1/8, times g = 2.                  w_2 = 1/4
    expected = torch.tensor([[[1 / 6 + 1 / 2, 1 / 2, 1 / 4]]], dtype=torch.float64)
    torch.testing.assert_close(grad_cam_plus_plus(activations, gradients), expected, rtol=1e-6, atol=0)


def test_against_loops():
    generator = torch.Generator().manual_seed(0)
    activations, gradients = torch.randn((2, 2, 3, 2, 4), generator=generator, dtype=torch.float64)
    gradients[0, 1] = 0  # a channel the score does not depend on
    result = grad_cam_plus_plus(activations, gradients)
    for n in range(2):
        expected = torch.zeros(2, 4, dtype=torch.float64)
        for k in range(3):
            total, weight = float(activations[n, k].sum()), 0.0
            for g in gradients[n, k].flatten().tolist():
                if g > 0:
                    weight += g**2 / (2 * g**2 + total * g**3 + 1e-6) * g
            expected += weight * activations[n, k]
        torch.testing.assert_close(result[n], expected, rtol=1e-10, atol=1e-12)


def test_zero_and_negative_gradients_give_an_empty_map():
    activations = torch.rand(1, 2, 2, 3)
    assert torch.equal(grad_cam_plus_plus(activations, torch.zeros(1, 2, 2, 3)), torch.zeros(1, 2, 3))
    assert torch.equal(grad_cam_plus_plus(activations, -torch.ones(1, 2, 2, 3)), torch.zeros(1, 2, 3))


@pytest.mark.parametrize("places", [1, 2, 4])
def test_weight_of_a_channel_that_is_active_in_more_places(places):
    """One unit of activation at each of n places, gradient 1 there: w = n / (2 + n), by hand from the
    formula.
    """
    activations = torch.zeros(1, 1, 2, 3, dtype=torch.float64)
    activations.view(-1)[:places] = 1
    weight = float(grad_cam_plus_plus(activations, activations).max())
    assert weight == pytest.approx(places / (2 + places), rel=1e-6)
