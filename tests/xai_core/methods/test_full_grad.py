"""FullGrad: worked by hand, its completeness identity, and against a loop over channels."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from xai_core.methods.full_grad import full_grad, spatial_biases
from xai_core.network.capture import capture
from xai_core.network.scores import Score


def test_by_hand():
    """One 1x1 convolution with bias 2, then a weighted sum over places 1, 0, 3 (a linear layer without
    bias).
    """
    net = nn.Sequential(nn.Conv2d(3, 1, 1), nn.Flatten(), nn.Linear(3, 1, bias=False)).double().eval()
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([1.0, -1.0, 0.0]).view(1, 3, 1, 1))
        net[0].bias.fill_(2.0)
        net[2].weight.copy_(torch.tensor([[1.0, 0.0, 3.0]]))
    x = torch.tensor([[[[2.0, 5.0, 2.0]], [[4.0, 7.0, 0.0]], [[1.0, 1.0, 1.0]]]], dtype=torch.float64)
    # |x g|: red 2 0 6 -> 1/3 0 1; green 4 0 0 -> 1 0 0; blue 0. |b g| = 2 0 6 -> 1/3 0 1.
    expected = torch.tensor([[[1 / 3 + 1 + 1 / 3, 0.0, 2.0]]], dtype=torch.float64)
    torch.testing.assert_close(full_grad(net, x, Score((0,))), expected, rtol=1e-6, atol=1e-7)


def test_a_network_without_spatial_biases_leaves_the_input_alone():
    """As the image encoder of CLIP is: its patch embedding has no bias."""
    net = nn.Sequential(nn.Conv2d(3, 1, 1, bias=False), nn.Flatten(), nn.Linear(3, 1)).double().eval()
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([1.0, -1.0, 0.0]).view(1, 3, 1, 1))
        net[2].weight.copy_(torch.tensor([[1.0, 0.0, 3.0]]))
        net[2].bias.fill_(5.0)
    x = torch.tensor([[[[2.0, 5.0, 2.0]], [[4.0, 7.0, 0.0]], [[1.0, 1.0, 1.0]]]], dtype=torch.float64)
    # |x g|: red 2 0 6 -> 1/3 0 1; green 4 0 0 -> 1 0 0; blue 0.
    expected, facts = torch.tensor([[[1 / 3 + 1, 0.0, 1.0]]], dtype=torch.float64), {}
    torch.testing.assert_close(full_grad(net, x, Score((0,)), facts), expected, rtol=1e-6, atol=1e-7)
    assert facts["share"].item() == pytest.approx(4 / 9)  # s = 2 - 4 + 3 * 2 + 5


def relu_net():
    """Convolutions with and without bias, batch norms that have been used, a strided one, a linear bias."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1),
        nn.BatchNorm2d(5),
        nn.ReLU(inplace=True),
        nn.Conv2d(5, 6, 3, stride=2, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 4, 1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 3),
    ).double()
    for module in net:
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return net.eval().requires_grad_(False)


@pytest.mark.parametrize("score", [Score((0,)), Score((2,)), Score((1,), contrast=2)], ids=str)
def test_completeness(score):
    """s(x) = x . ds/dx + sum_l b_l . ds/dz_l + the linear layer's own bias: every bias is found, with its
    sign.
    """
    net = relu_net()
    x = torch.randn(1, 3, 9, 14, dtype=torch.float64, requires_grad=True)
    biases = spatial_biases(net)
    assert list(biases) == ["0", "1", "4", "6"]
    found = capture(net, x, list(biases), set(biases))
    value = score(found.logits)
    (by_input,) = torch.autograd.grad(value.sum(), x, retain_graph=True)
    total = (by_input * x).sum()
    for key, gradient in found.gradients(score).items():
        total = total + (gradient.sum((0, 2, 3)) * biases[key]).sum()
    last = net[10].bias[score.targets[0]] - (
        net[10].bias[score.contrast] if score.contrast is not None else 0
    )
    torch.testing.assert_close(total + last, value[0], rtol=1e-12, atol=1e-12)


def test_bias_of_a_batch_norm_is_its_output_for_zero():
    norm = relu_net()[1]
    bias = spatial_biases(nn.Sequential(norm))["0"]
    torch.testing.assert_close(bias, norm(torch.zeros(1, 5, 1, 1, dtype=torch.float64))[0, :, 0, 0])


def test_bias_before_the_activation_inside_a_norm():
    """timm's BatchNormAct2d: its output is behind the ReLU, where the bias is no longer added to anything."""
    from timm.layers import BatchNormAct2d

    norm = BatchNormAct2d(4).double().eval()
    nn.init.normal_(norm.bias)
    plain = nn.BatchNorm2d(4).double().eval()
    plain.load_state_dict(norm.state_dict(), strict=False)
    torch.manual_seed(3)
    stem, head = nn.Conv2d(3, 4, 3, bias=False).double(), nn.Linear(4, 2).double()
    tail = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
    x = torch.randn(1, 3, 6, 9, dtype=torch.float64)
    merged = full_grad(nn.Sequential(stem, norm, *tail), x, Score((1,)))
    apart = full_grad(nn.Sequential(stem, plain, nn.ReLU(), *tail), x, Score((1,)))
    torch.testing.assert_close(merged, apart, rtol=1e-12, atol=1e-12)


def unit(plane):
    shifted = plane - plane.min()
    return shifted / (shifted.max() + 1e-7)


@pytest.mark.parametrize("target", [0, 2])
def test_against_a_loop(target):
    """Every bias given a plane of its own, one zero a place, so that autograd differentiates by the bias
    there; each channel brought to 0..1 and resized by itself."""
    net = relu_net()
    x = torch.randn(2, 3, 9, 14, dtype=torch.float64)
    result = full_grad(net, x, Score((target, target)))
    assert result.shape == (2, 9, 14)
    for i in range(2):
        image = x[i : i + 1].clone().requires_grad_()
        values, planes = image, []
        for module in net:
            values = module(values)
            if isinstance(module, (nn.Conv2d, nn.BatchNorm2d)):
                planes.append(torch.zeros_like(values, requires_grad=True))
                values = values + planes[-1]
        values[0, target].backward()
        expected = sum(unit(plane) for plane in (image.grad * image)[0].abs().detach())
        biases = [net[0].bias, None, None, None, net[6].bias]
        biases[1], biases[3] = (
            net[k](torch.zeros(1, c, 1, 1).double())[0, :, 0, 0] for k, c in ((1, 5), (4, 6))
        )
        for bias, plane in zip(biases, planes, strict=True):
            if bias is None:
                continue
            for part in (plane.grad[0] * bias[:, None, None]).abs():
                expected = expected + F.interpolate(unit(part)[None, None], (9, 14), mode="bilinear")[0, 0]
        torch.testing.assert_close(result[i], expected, rtol=1e-10, atol=1e-10)


def test_never_negative_and_sign_free():
    """|g| is the same for s and -s, so the map has no counterfactual."""
    net, x = relu_net(), torch.randn(1, 3, 9, 14, dtype=torch.float64)
    result = full_grad(net, x, Score((1,)))
    assert (result >= 0).all()
    np.testing.assert_array_equal(result, full_grad(net, x, Score((1,), negate=True)))
    assert all(p.grad is None for p in net.parameters())
