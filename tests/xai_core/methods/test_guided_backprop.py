"""guided_backprop: the rule on every kind of rectifier, and nothing left behind."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.guided_backprop import guided_backprop
from xai_core.network.guided import guided
from xai_core.network.scores import Score

Z = torch.tensor([-2.0, -0.5, 0.5, 2.0, 7.0, 2.0], dtype=torch.float64)
G = torch.tensor([1.0, 1.0, 1.0, 1.0, 1.0, -1.0], dtype=torch.float64)


def slope(f):
    z = Z.clone().requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]


class Functional(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


ACTIVATIONS = {
    "ReLU": (nn.ReLU(), F.relu),
    "ReLU in place": (nn.ReLU(inplace=True), F.relu),
    "F.relu": (Functional(F.relu), F.relu),
    "F.relu in place": (Functional(lambda x: F.relu(x, inplace=True)), F.relu),
    "torch.relu": (Functional(torch.relu), F.relu),
    "tensor.relu": (Functional(lambda x: x.relu()), F.relu),
    "tensor.relu_": (Functional(lambda x: x.relu_()), F.relu),
    "ReLU6": (nn.ReLU6(), F.relu6),
    "ReLU6 in place": (nn.ReLU6(inplace=True), F.relu6),
    "F.relu6": (Functional(F.relu6), F.relu6),
    "SiLU": (nn.SiLU(), F.silu),
    "SiLU in place": (nn.SiLU(inplace=True), F.silu),
    "Hardswish": (nn.Hardswish(), F.hardswish),
    "GELU": (nn.GELU(), F.gelu),
    "GELU tanh": (nn.GELU("tanh"), lambda z: F.gelu(z, approximate="tanh")),
    "LeakyReLU": (nn.LeakyReLU(0.2), lambda z: F.leaky_relu(z, 0.2)),
    "ELU": (nn.ELU(), F.elu),
    "Mish": (nn.Mish(), F.mish),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_rule(name):
    """g_in = 1[z > 0] f'(z) max(g_out, 0), and the way in is untouched."""
    module, f = ACTIVATIONS[name]
    leaf = Z.clone().requires_grad_()
    with guided() as rule:
        out = module(leaf * 1.0)
    assert_close(out.detach(), f(Z))
    (found,) = torch.autograd.grad(out, leaf, G)
    assert_close(found, (Z > 0) * slope(f) * G.clamp(min=0))
    assert rule.applied == 1


def test_in_place_means_in_place():
    """A network that goes on with the tensor it gave away sees the rectified values, as it does without
    us.
    """

    class Ignores(nn.Module):
        def forward(self, x):
            x = x * 1.0
            F.relu(x, inplace=True)
            return x

    leaf = Z.clone().requires_grad_()
    with guided():
        out = Ignores()(leaf)
    assert_close(out.detach(), Z.clamp(min=0))
    assert_close(torch.autograd.grad(out, leaf, G)[0], ((Z > 0) & (G > 0)).double())


def test_a_clamp_that_does_not_start_at_zero_is_left_alone():
    leaf = Z.clone().requires_grad_()
    with guided() as rule:
        out = nn.Hardtanh(-1, 1)(leaf * 1.0)
    assert rule.applied == 0
    assert_close(torch.autograd.grad(out, leaf, G)[0], (Z.abs() < 1) * G)


def test_two_rectifiers_by_hand():
    """3 inputs -> relu -> weights +1, -1, +1 -> relu: only the positive way back survives."""
    net = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False), nn.ReLU(), nn.Conv2d(3, 1, 1, bias=False), nn.ReLU())
    net.append(nn.Flatten())
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(3)[:, :, None, None])
        net[2].weight.copy_(torch.tensor([1.0, -1.0, 1.0]).view(1, 3, 1, 1))
    x = torch.tensor([3.0, 1.0, -2.0]).view(1, 3, 1, 1)
    plain = torch.autograd.grad(net(x.requires_grad_()).sum(), x)[0].flatten()
    assert plain.tolist() == [1.0, -1.0, 0.0]
    with guided():
        found = torch.autograd.grad(net(x).sum(), x)[0].flatten()
    assert found.tolist() == [1.0, 0.0, 0.0]


def test_no_rectifier_is_said():
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 2), nn.Tanh())
    with pytest.raises(xai.InputError, match="ReLU-like"):
        guided_backprop(net, torch.randn(1, 3, 2, 2), Score((0,)))


def test_two_calls_agree_two_classes_differ_and_the_gradient_is_as_before(lite0, dog_cat):
    plain = xai.explain(lite0, dog_cat, "gradient", 243)
    one, again, other = (xai.explain(lite0, dog_cat, "guided_backprop", t) for t in (243, 243, 282))
    assert one.heatmap.tobytes() == again.heatmap.tobytes()
    assert np.abs(one.heatmap - other.heatmap).max() > 1e-3 * one.heatmap.max()
    assert xai.explain(lite0, dog_cat, "gradient", 243).heatmap.tobytes() == plain.heatmap.tobytes()
