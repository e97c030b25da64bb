"""HiResCAM: worked by hand, against loops, and faithful where the tail is linear."""

import torch
from torch import nn

from xai_core.methods.hires_cam import hires_cam
from xai_core.network.capture import capture
from xai_core.network.scores import Score


def test_by_hand():
    activations = torch.tensor([[[[1.0, 2.0, -3.0]], [[4.0, 5.0, 6.0]]]])
    gradients = torch.tensor([[[[2.0, -1.0, 1.0]], [[-1.0, 0.5, 0.0]]]])
    # 2*1 - 1*4, -1*2 + 0.5*5, 1*-3 + 0*6
    assert torch.equal(hires_cam(activations, gradients), torch.tensor([[[-2.0, 0.5, -3.0]]]))


def test_against_loops():
    generator = torch.Generator().manual_seed(0)
    activations, gradients = torch.randn((2, 2, 3, 2, 4), generator=generator, dtype=torch.float64)
    result = hires_cam(activations, gradients)
    for n in range(2):
        for i in range(2):
            for j in range(4):
                expected = sum(float(activations[n, k, i, j] * gradients[n, k, i, j]) for k in range(3))
                assert abs(float(result[n, i, j]) - expected) < 1e-12


def test_sums_to_the_score_minus_its_bias_behind_a_linear_tail():
    """Flatten + Linear is linear in the activation, so sum_ij M_ij = logit - bias, though no weight is shared
    between two places (Grad-CAM's single weight a channel cannot do that)."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 4 * 6, 5)).double().eval()
    x = torch.randn(2, 3, 6, 8, dtype=torch.float64)
    found = capture(net, x, ["1"], {"1"})
    for target in range(5):
        gradients = found.gradients(Score((target, target)))["1"]
        total = hires_cam(found.activations["1"], gradients).sum((1, 2))
        expected = found.logits.detach()[:, target] - net[3].bias.detach()[target]
        torch.testing.assert_close(total, expected, rtol=1e-12, atol=1e-12)


def test_a_place_is_worth_what_is_lost_when_it_is_blanked():
    """The same, place by place: with a linear tail M_ij is the drop of the score when that place is zero."""
    torch.manual_seed(1)
    tail = nn.Sequential(nn.Flatten(), nn.Linear(3 * 2 * 3, 2)).double()
    activations = torch.randn(1, 3, 2, 3, dtype=torch.float64, requires_grad=True)
    (gradients,) = torch.autograd.grad(tail(activations)[0, 1], activations)
    result = hires_cam(activations.detach(), gradients)
    for i in range(2):
        for j in range(3):
            blanked = activations.detach().clone()
            blanked[:, :, i, j] = 0
            drop = tail(activations)[0, 1] - tail(blanked)[0, 1]
            torch.testing.assert_close(result[0, i, j], drop.detach(), rtol=1e-12, atol=1e-12)
