"""gradient: exact on a linear network, for the logit and for the probability."""

import torch
from torch.testing import assert_close

from xai_core.methods.gradient import gradient
from xai_core.network.scores import Score

from .tiny import Linear, pictures


def test_a_linear_networks_gradient_is_its_weight():
    net, x = Linear(), pictures(2)
    found = gradient(net, x, Score((2, 0)))
    assert found.shape == (2, 4, 6)
    assert_close(found, net.weight[[2, 0]].abs().sum(1).detach())
    assert_close(gradient(net, x, Score((2, 0)), "signed"), net.weight[[2, 0]].sum(1).detach())


def test_of_the_probability_by_the_softmax_rule():
    net, x = Linear(), 0.1 * pictures(1)
    p = net(x).softmax(1)[0].detach()
    expected = p[1] * (net.weight[1] - torch.einsum("k,kchw->chw", p, net.weight)).sum(0).detach()
    found = gradient(net, x, Score((1,), probability=True), "signed")[0]
    assert_close(found, expected)


def test_contrast_is_the_difference():
    net, x = Linear(), pictures(1)
    expected = (net.weight[1] - net.weight[2]).sum(0).detach()
    assert_close(gradient(net, x, Score((1,), contrast=2), "signed")[0], expected)
