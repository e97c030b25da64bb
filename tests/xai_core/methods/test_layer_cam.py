"""LayerCAM: worked by hand, against loops, and its relation to HiResCAM."""

import torch

from xai_core.methods.hires_cam import hires_cam
from xai_core.methods.layer_cam import layer_cam


def test_by_hand():
    activations = torch.tensor([[[[1.0, 2.0, -3.0]], [[4.0, 5.0, 6.0]]]])
    gradients = torch.tensor([[[[2.0, -1.0, 1.0]], [[-1.0, 0.5, 0.0]]]])
    # place by place, negative gradients cut: 2*1 + 0, 0 + 0.5*5, 1*-3 + 0
    assert torch.equal(layer_cam(activations, gradients), torch.tensor([[[2.0, 2.5, -3.0]]]))


def test_against_loops():
    generator = torch.Generator().manual_seed(0)
    activations, gradients = torch.randn((2, 2, 3, 2, 4), generator=generator, dtype=torch.float64)
    result = layer_cam(activations, gradients)
    for n in range(2):
        for i in range(2):
            for j in range(4):
                pairs = zip(activations[n, :, i, j].tolist(), gradients[n, :, i, j].tolist(), strict=True)
                expected = sum(a * g for a, g in pairs if g > 0)
                assert abs(float(result[n, i, j]) - expected) < 1e-12


def test_raising_and_lowering_part_make_hires_cam():
    """LayerCAM of g minus LayerCAM of -g is sum_k (max(0,g) - max(0,-g)) A = sum_k g A."""
    generator = torch.Generator().manual_seed(1)
    activations, gradients = torch.randn((2, 1, 5, 3, 4), generator=generator, dtype=torch.float64)
    difference = layer_cam(activations, gradients) - layer_cam(activations, -gradients)
    torch.testing.assert_close(difference, hires_cam(activations, gradients), rtol=1e-12, atol=1e-12)


def test_never_negative_where_activations_are_not():
    generator = torch.Generator().manual_seed(2)
    activations = torch.rand((1, 6, 4, 7), generator=generator)
    gradients = torch.randn((1, 6, 4, 7), generator=generator)
    assert (layer_cam(activations, gradients) >= 0).all()
