"""Steps that write less memory, against the network itself."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from xai_core.scoring.incremental import Incremental
from xai_core.scoring.incremental.fused import ONE_DNN, Ending, EndingConvolution, passed_on

SIZE = (24, 20)


def run(net, dtype=torch.float32):
    """The steps that a network is run by, their result and the network's own for three pictures."""
    torch.manual_seed(0)
    net = net().to(dtype).eval().requires_grad_(False).to(memory_format=torch.channels_last)
    x = torch.randn(3, 3, *SIZE, dtype=dtype).contiguous(memory_format=torch.channels_last)
    network = Incremental(net, x)
    with torch.inference_mode():
        expected = net(x.clone())
        found = network.between({0: x.clone()}, 0, None, 3)[network.end]
    return network.executed, found, expected


class Net(nn.Module):
    """Two convolutions and what a test does with them."""

    def __init__(self, course):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 1, bias=False)
        self.course = course

    def forward(self, x):
        return self.course(self, x)


def endings(steps):
    return [step.function.ending for step in steps if isinstance(step.function, EndingConvolution)]


@pytest.mark.parametrize(
    ("activation", "ending"),
    [
        (F.relu, Ending("relu")),
        (torch.relu, Ending("relu")),
        (F.relu6, Ending("hardtanh", (0.0, 6.0))),
        (F.hardtanh, Ending("hardtanh", (-1.0, 1.0))),
        (lambda x: F.hardtanh(x, -0.5, 0.25), Ending("hardtanh", (-0.5, 0.25))),
        (lambda x: F.hardtanh(x, max_val=0.25), Ending("hardtanh", (-1.0, 0.25))),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_convolution_ends_with_its_activation(activation, ending, dtype):
    steps, found, expected = run(
        lambda: Net(lambda net, x: activation(net.two(activation(net.one(x))))), dtype
    )
    assert endings(steps) == [ending, ending]
    assert [step.function for step in steps[1::2]] == [passed_on, passed_on]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert len(found.unique()) > 2


def test_a_sum_and_its_activation_overwrite_the_convolution():
    def course(net, x):
        y = net.one(x).relu()
        return F.relu(net.two(y) + y, inplace=True)

    steps, found, expected = run(lambda: Net(course))
    assert [step.function for step in steps[3:4]] == [torch.Tensor.add_]
    assert steps[4].kwargs["inplace"] is True
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def twice(net, x):
    y = net.one(x)
    return y * F.relu(y)


def view(net, x):
    y = net.one(x)
    z = y[:, :4]
    return F.relu(y)[:, 4:] * z


def plus_itself(net, x):
    y = net.one(x)
    return y + y


def broadcast(net, x):
    return x.mean(1, keepdim=True) + net.one(x)


def scaled(net, x):
    return torch.add(net.one(x), x.mean(1, keepdim=True).expand(-1, 8, -1, -1), alpha=2)


def logits_used_again(net, x):
    y = net.one(x)
    F.relu(y)
    return y


def same_padding(net, x):
    return F.relu(F.conv2d(x, net.one.weight, net.one.bias, 1, "same"))


@pytest.mark.parametrize(
    "course", [twice, view, plus_itself, broadcast, scaled, logits_used_again, same_padding]
)
def test_what_another_step_sees_stays_as_it_is(course):
    steps, found, expected = run(lambda: Net(course))
    assert not endings(steps)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="PyTorch is built without oneDNN")
def test_this_pytorch_has_the_operation():
    assert ONE_DNN


def test_without_the_operation_it_is_a_convolution_and_its_activation(monkeypatch):
    x, weight = torch.randn(1, 3, 8, 8), torch.randn(4, 3, 3, 3)
    found = EndingConvolution(Ending("hardtanh", (-0.5, 0.25)))
    with torch.inference_mode():
        expected = found(x, weight, None, (2, 2), (1, 1))
        monkeypatch.setattr("xai_core.scoring.incremental.fused.ONE_DNN", False)
        torch.testing.assert_close(found(x, weight, None, (2, 2), (1, 1)), expected, rtol=0, atol=1e-6)


def test_under_autocast_it_is_the_plain_convolution():
    x, weight = torch.randn(1, 3, 8, 8), torch.randn(4, 3, 3, 3)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        found = EndingConvolution(Ending("relu"))(x, weight)
        assert found.dtype == torch.bfloat16
        torch.testing.assert_close(found, F.conv2d(x, weight).relu(), rtol=0, atol=0)
