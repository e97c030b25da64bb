"""deconvnet: the rule by hand, and Captum's."""

import copy

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.deconvnet import deconvnet
from xai_core.network.guided import guided
from xai_core.network.scores import Score


def test_only_the_incoming_gradient_counts():
    """At z = -2 the gradient is 0 and guided backpropagation stops; DeconvNet lets +1 through, -1 never."""
    z = torch.tensor([-2.0, 2.0, -2.0, 2.0]).requires_grad_()
    way_back = torch.tensor([1.0, 1.0, -1.0, -1.0])
    for forward_too, expected in ((False, [1.0, 1.0, 0.0, 0.0]), (True, [0.0, 1.0, 0.0, 0.0])):
        with guided(forward_too) as rule:
            out = torch.relu(z * 1.0)
        assert torch.autograd.grad(out, z, way_back)[0].tolist() == expected
        assert rule.applied == 1


def test_a_net_by_hand():
    """1x1 weights +1, -1, +1 behind a ReLU that is off everywhere: the positive two come back."""
    net = nn.Sequential(nn.ReLU(), nn.Conv2d(3, 1, 1, bias=False), nn.Flatten(), nn.Linear(6, 1, bias=False))
    with torch.no_grad():
        net[1].weight.copy_(torch.tensor([1.0, -1.0, 1.0]).view(1, 3, 1, 1))
        net[3].weight.copy_(torch.arange(6.0)[None])
    found = deconvnet(net, -torch.ones(1, 3, 2, 3), Score((0,)))
    assert_close(found, 2 * torch.arange(6.0).view(1, 2, 3))


def test_without_a_rectifier_it_says_so():
    net = nn.Sequential(nn.Flatten(), nn.Linear(18, 2))
    with pytest.raises(xai.InputError, match="none was called"):
        deconvnet(net, torch.ones(1, 3, 2, 3), Score((0,)))


@pytest.mark.peers
@pytest.mark.parametrize("name", ["resnet18_64", "vgg11_64"])
def test_captum(request, chelsea, name):
    captum = pytest.importorskip("captum.attr")
    handle = request.getfixturevalue(name)
    with handle.session() as net:
        own, x = copy.deepcopy(net), handle.preprocess(chelsea)
    if name == "resnet18_64":
        from .test_deep_lift import captum_ready  # Captum needs each ReLU to be a module of its own

        own = captum_ready(own)
    theirs = captum.Deconvolution(own).attribute(x.clone().requires_grad_(), target=282).sum(1)
    ours = deconvnet(own, x, Score((282,)), "signed")
    assert (ours - theirs).abs().max() < 1e-9 * theirs.abs().max()
