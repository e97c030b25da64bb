"""Grad-CAM: worked by hand on a 2x3 map, against autograd in another form, and on a linear tail."""

import torch

from xai_core.methods.grad_cam import grad_cam


def test_by_hand():
    activations = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[6.0, 0.0, 0.0], [0.0, 0.0, 1.0]]]])
    gradients = torch.tensor([[[[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]], [[-6.0, 0.0, 0.0], [0.0, -6.0, 0.0]]]])
    # w_1 = (1 + 2 + 3) / 6 = 1, w_2 = -12 / 6 = -2
    expected = torch.tensor([[[1.0 - 12, 2.0, 3.0], [4.0, 5.0, 6.0 - 2]]])
    assert torch.equal(grad_cam(activations, gradients), expected)


def test_weight_is_the_derivative_by_a_constant_added_to_the_channel():
    """w_k = 1/(hw) ds/de where e is added to every place of channel k: a directional derivative in
    float64.
    """
    generator = torch.Generator().manual_seed(0)
    activations = torch.randn((1, 4, 3, 5), generator=generator, dtype=torch.float64)
    tail = torch.nn.Conv2d(4, 2, 3, dtype=torch.float64)

    def score(values):
        return torch.tanh(tail(values)).square().sum((1, 2, 3))

    shift = torch.zeros(1, 4, 1, 1, dtype=torch.float64, requires_grad=True)
    (by_shift,) = torch.autograd.grad(score(activations + shift).sum(), shift)
    expected = sum(by_shift[0, k, 0, 0] / 15 * activations[0, k] for k in range(4))

    leaf = activations.clone().requires_grad_()
    (gradients,) = torch.autograd.grad(score(leaf).sum(), leaf)
    torch.testing.assert_close(grad_cam(activations, gradients)[0], expected, rtol=1e-12, atol=1e-12)


def test_each_image_of_a_batch_has_its_own_weights():
    generator = torch.Generator().manual_seed(1)
    activations, gradients = torch.randn((2, 3, 7, 4, 6), generator=generator, dtype=torch.float64)
    together = grad_cam(activations, gradients)
    assert together.shape == (3, 4, 6)
    for i in range(3):
        alone = grad_cam(activations[i : i + 1], gradients[i : i + 1])
        torch.testing.assert_close(together[i : i + 1], alone, rtol=1e-12, atol=1e-12)
