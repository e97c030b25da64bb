"""Capturing activations and gradients, checked against forwards written out by hand."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import xai_core as xai
from xai_core.network.capture import capture
from xai_core.network.scores import Score


class Small(nn.Module):
    """conv1 - bn - in-place ReLU - conv2, added in place to a skip path - mean - linear."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4, 4, 3, stride=2, padding=1)
        self.skip = nn.Conv2d(4, 4, 1, stride=2)
        self.head = nn.Linear(4, 5)
        self.unused = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        y = self.relu(self.bn(self.conv1(x)))
        z = self.conv2(y)
        z += self.skip(y)
        return self.head(self.relu(z).mean((2, 3)))


@pytest.fixture
def small() -> Small:
    torch.manual_seed(0)
    net = Small().double()
    net.bn.running_mean.uniform_(-1, 1)
    net.bn.running_var.uniform_(0.5, 2)
    return net.eval().requires_grad_(False)


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(2, 3, 10, 14, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def by_hand(net: Small, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Every intermediate value, out of place and with a graph."""
    values = {"x": x}
    values["conv1"] = F.conv2d(x, net.conv1.weight, net.conv1.bias, padding=1).requires_grad_()
    bn = net.bn
    values["bn"] = F.batch_norm(
        values["conv1"], bn.running_mean, bn.running_var, bn.weight, bn.bias, eps=bn.eps
    )
    y = values["bn"].relu()
    values["conv2"] = F.conv2d(y, net.conv2.weight, net.conv2.bias, 2, 1)
    values["skip"] = F.conv2d(y, net.skip.weight, net.skip.bias, 2)
    values["relu"] = (values["conv2"] + values["skip"]).relu()
    values["logits"] = values["relu"].mean((2, 3)) @ net.head.weight.T + net.head.bias
    return values


def nothing_left(net: nn.Module) -> bool:
    return not any(
        m._forward_hooks or m._forward_pre_hooks or m._backward_hooks or "forward" in m.__dict__
        for m in net.modules()
    ) and all(p.grad is None and not p.requires_grad for p in net.parameters())


KEYS = ["conv1", "bn", "conv2", "skip", "relu"]


def test_activations_are_what_the_layer_returned_though_later_code_writes_in_place(small, x):
    expected = by_hand(small, x)
    found = capture(small, x, KEYS)
    for key in KEYS:  # bn is followed by an in-place ReLU, conv2 is added to in place
        torch.testing.assert_close(found.activations[key], expected[key].detach(), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found.logits, expected["logits"].detach(), rtol=1e-12, atol=1e-12)
    assert (expected["bn"] < 0).any(), "the test would not notice a ReLU"


@pytest.mark.parametrize(
    "score",
    [Score((3, 1)), Score((2,)), Score((3, 1), contrast=0), Score((3, 1), negate=True), Score((4,), 2, True)],
    ids=str,
)
def test_gradients_are_those_of_the_forward_by_hand(small, x, score):
    values = by_hand(small, x)
    picked = values["logits"][[0, 1], list(score.targets) if len(score.targets) == 2 else score.targets[0]]
    if score.contrast is not None:
        picked = picked - values["logits"][:, score.contrast]
    total = picked.sum() * (-1 if score.negate else 1)
    expected = torch.autograd.grad(total, [values[key] for key in KEYS])
    found = capture(small, x, KEYS, KEYS)
    for key, gradient in zip(KEYS, expected, strict=True):
        torch.testing.assert_close(found.gradients(score)[key], gradient, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(found.activations[key], values[key].detach(), rtol=1e-12, atol=1e-12)
    assert nothing_left(small)


def test_one_capture_serves_many_scores_and_layers_without_gradients(small, x):
    found = capture(small, x, KEYS, ["conv2"])
    assert set(found.activations) == set(KEYS)
    first = found.gradients(Score((0,)))
    second = found.gradients(Score((1,)))
    assert set(first) == {"conv2"}
    torch.testing.assert_close(
        found.gradients(Score((0,), contrast=1))["conv2"], first["conv2"] - second["conv2"]
    )
    torch.testing.assert_close(found.gradients(Score((0,)))["conv2"], first["conv2"], rtol=0, atol=0)


def test_activations_carry_no_graph_and_nothing_runs_with_one_unless_asked(small, x):
    assert not capture(small, x, KEYS).logits.requires_grad
    found = capture(small, x, KEYS, ["skip"])
    assert not any(values.requires_grad for values in found.activations.values())


def test_a_layer_that_the_score_does_not_depend_on_has_zero_gradient(small, x):
    class Blind(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.side = small, nn.Conv2d(3, 2, 1).double()

        def forward(self, x):
            self.side(x)
            return self.inner(x)

    found = capture(Blind().requires_grad_(False), x, ["side", "inner.conv2"], ["side", "inner.conv2"])
    gradients = found.gradients(Score((0,)))
    assert gradients["side"].shape == (2, 2, 10, 14)
    assert not gradients["side"].any()
    assert gradients["inner.conv2"].any()


def test_a_layer_that_does_not_run(small, x):
    expected = r"^Layer 'unused' does not run when the network classifies an image\.$"
    with pytest.raises(xai.InputError, match=expected):
        capture(small, x, ["conv1", "unused"])
    assert set(capture(small, x, ["conv1", "unused"], strict=False).activations) == {"conv1"}
    assert nothing_left(small)


def test_hooks_are_gone_after_the_network_raises(small, x):
    with pytest.raises(RuntimeError):
        capture(small, x[:, :2], KEYS, KEYS)
    assert nothing_left(small)


def test_hooks_are_gone_after_an_unknown_key(small, x):
    with pytest.raises(AttributeError):
        capture(small, x, ["conv1", "nowhere"])
    assert nothing_left(small)


def test_gradient_of_a_real_network_at_two_layers_at_once(lite0, dog_cat):
    """blocks.4 lies before blocks.6: asking for both must not change either."""
    layers = [lite0.layer("blocks.4"), lite0.layer("blocks.6")]
    with lite0.session() as net:
        x = lite0.preprocess(dog_cat)
        found = capture(net, x, layers, [layer.key for layer in layers])
        gradients = found.gradients(Score((282,)))
        early = net.act1(net.bn1(net.conv_stem(x))) if hasattr(net, "act1") else net.bn1(net.conv_stem(x))
        a4 = net.blocks[:5](early).requires_grad_()
        a6 = net.blocks[5:](a4)
        logit = net.forward_head(net.bn2(net.conv_head(a6)))[0, 282]
        expected = torch.autograd.grad(logit, [a4, a6])
    for layer, activation, gradient in zip(layers, (a4, a6), expected, strict=True):
        torch.testing.assert_close(found.activations[layer.key], activation.detach(), rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(gradients[layer.key], gradient, rtol=1e-3, atol=1e-6)


def test_channels_last_layers_come_out_channels_first():
    handle = xai.load_model("swin_t", "cpu", weights="random")
    layer = handle.layer("features.5")
    assert layer.channels_last
    with handle.session() as net:
        x = handle.blank()
        found = capture(net, x, [layer], [layer.key])
        a = net.features[:6](x).requires_grad_()
        tokens = net.norm(net.features[6:](a))
        logits = net.head(tokens.mean((1, 2)))
        expected = torch.autograd.grad(logits[0, 7], a)[0]
    assert found.activations[layer.key].shape == (1, 384, 14, 14)
    torch.testing.assert_close(found.activations[layer.key], a.detach().permute(0, 3, 1, 2))
    gradient = found.gradients(Score((7,)))[layer.key]
    torch.testing.assert_close(gradient, expected.permute(0, 3, 1, 2), rtol=1e-3, atol=1e-7)
