"""excitation_backprop: a walk over winners one by one, and what holds on whole networks."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.excitation_backprop import excitation_backprop
from xai_core.network.scores import Score
from xai_core.types import LayerSpec

from .test_lrp import matrix
from .tiny import pictures

LAYER = LayerSpec("1", 4, (4, 6), 1, True)


def small_net():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 5, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(5 * 2 * 3, 3),
    )
    return net.double().eval().requires_grad_(False)


def walk(net, x, target, last=lambda w: w):
    """P down to the output of module 1: each winner chooses its excitatory inputs; `last` changes the last
    layer's weights."""
    values = [x]
    for layer in net:
        values.append(layer(values[-1]))
    p = torch.zeros(3, dtype=x.dtype)
    p[target] = 1.0
    for number in (6, 4, 3, 2):
        layer, here = net[number], values[number]
        if isinstance(layer, nn.MaxPool2d):
            z = here.clone().requires_grad_()
            p = torch.autograd.grad(layer(z), z, p.view(values[3].shape))[0].flatten()
        elif isinstance(layer, (nn.Conv2d, nn.Linear)):
            w, a = matrix(layer, here)[0], here.flatten()
            w = last(w) if number == 6 else w
            below = torch.zeros_like(a)
            for j in range(len(p)):
                excited = a * w[j].clamp(min=0)
                if excited.sum() > 0:
                    below += excited / excited.sum() * p[j]
            p = below
    return p.view(values[2].shape).sum(1)


@pytest.mark.parametrize("target", [0, 1, 2])
def test_a_walk_by_hand(target):
    net, x = small_net(), pictures(1)
    found = excitation_backprop(net, x, Score((target,)), LAYER)
    assert_close(found, walk(net, x, target))
    assert_close(found.sum(), torch.tensor(1.0, dtype=torch.float64))
    assert found.min() >= 0


def test_the_size_of_the_score_and_its_sign_do_not_matter():
    net, x = small_net(), pictures(1)
    before = excitation_backprop(net, x, Score((1,)), LAYER)
    net[6].bias.sub_(1000.0)
    assert_close(excitation_backprop(net, x, Score((1,)), LAYER), before)


def test_a_sum_goes_to_its_positive_summand():
    class Skip(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.conv = nn.Identity(), nn.Conv2d(3, 3, 1, bias=False)
            self.head = nn.Linear(18, 1, bias=False)

        def forward(self, x):
            x = self.layer(x)
            return self.head(torch.relu(self.conv(x) + x).flatten(1))

    net = Skip().double().requires_grad_(False)
    net.conv.weight.copy_(-0.5 * torch.eye(3)[:, :, None, None])  # negative: all to the skip connection
    net.head.weight.copy_(torch.rand(1, 18))
    x = pictures(1, (2, 3)).abs()
    found = excitation_backprop(net, x, Score((0,)), LayerSpec("layer", 3, (2, 3), 1, True))
    share = 0.5 * x.flatten() * net.head.weight[0]
    assert_close(found, (share / share.sum()).view(x.shape).sum(1))


@pytest.mark.parametrize("name", ["lite0_64_small", "resnet18_64", "vgg11_64"])
def test_adds_up_to_one_on_whole_networks(request, chelsea, name):
    e = xai.explain(request.getfixturevalue(name), chelsea, "excitation_backprop", 282)
    assert e.heatmap.min() >= 0
    assert float(e.heatmap.sum()) == pytest.approx(1.0, abs=0.02)
