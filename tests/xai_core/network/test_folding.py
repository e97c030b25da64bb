"""Batch norm folded into the convolution before it: the same logits, and the original left alone."""

import copy

import pytest
import torch
from torch import nn

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.network.folding import _padding_by_itself, fold
from xai_core.network.observe import observe


@pytest.fixture(
    scope="module", params=core_and_peers(["efficientnet_lite0", "resnet18", "densenet121", "googlenet"], 2)
)
def handle(request, lite0) -> xai.ModelHandle:
    """A network whose batch norms do something: random weights come with mean 0, variance 1, gain 1, shift
    0.
    """
    if request.param == lite0.key:
        return lite0
    loaded = xai.load_model(request.param, "cpu", weights="random")
    noise = torch.Generator().manual_seed(0)
    with loaded.session() as net:
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.8, 1.2, generator=noise)
                module.bias.uniform_(-0.1, 0.1, generator=noise)
                module.running_mean.uniform_(-0.1, 0.1, generator=noise)
                module.running_var.uniform_(0.8, 1.2, generator=noise)
    return loaded


def norms(net: nn.Module) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in net.modules())


def test_same_logits_and_the_original_unchanged(handle, chelsea):
    x = torch.cat([handle.preprocess(chelsea), handle.blank(2)])
    with handle.session() as net, torch.no_grad():
        before = {key: value.clone() for key, value in net.state_dict().items()}
        kinds = {key: type(module) for key, module in net.named_modules()}
        expected = net(x)
        folded = fold(net, handle.blank()).net
        found = folded(x)
        assert folded is not net
        inside_norms = tuple(f"{key}." for key, m in net.named_modules() if isinstance(m, nn.BatchNorm2d))
        outside = {key for key in kinds if not key.startswith(inside_norms)}
        assert outside <= set(dict(folded.named_modules())), "layers keep their names"
        assert norms(folded) < norms(net)
        assert float((found - expected).abs().max() / expected.abs().max()) < 1e-5
        assert {key: type(module) for key, module in net.named_modules()} == kinds
        after = net.state_dict()
        assert after.keys() == before.keys()
        assert all(torch.equal(after[key], value) for key, value in before.items())
        assert torch.equal(net(x), expected)
        shared = {id(p) for p in net.parameters()} & {id(p) for p in folded.parameters()}
    assert not shared
    assert not folded.training
    assert not any(p.requires_grad for p in folded.parameters())
    assert not any(m._forward_hooks for root in (net, folded) for m in root.modules())


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "groups"),
    [
        ((8, 8), 3, 2, 1),
        ((9, 8), 3, 2, 4),
        ((7, 10), 5, 2, 4),
        ((8, 12), 5, 3, 1),
        ((6, 6), 3, 1, 4),
        ((5, 5), 2, 2, 1),
    ],
)
def test_same_padding_by_itself_the_convolution(size, kernel, stride, groups):
    from timm.layers import Conv2dSame

    generator = torch.Generator().manual_seed(0)
    conv = Conv2dSame(4, 8, kernel, stride, groups=groups).double()
    with torch.no_grad():
        conv.weight.copy_(torch.randn(conv.weight.shape, generator=generator))
    x = torch.randn(2, 4, *size, generator=generator, dtype=torch.float64)
    made = _padding_by_itself(conv, size)
    assert type(made) is nn.Conv2d
    torch.testing.assert_close(made(x), conv(x), rtol=1e-12, atol=1e-12)


def test_the_default_model_copies_no_input_to_pad_it(lite0):
    with lite0.session() as net, torch.no_grad():
        assert any(type(m).__name__ == "Conv2dSame" for m in net.modules())
        folded = lite0.scorer
        assert not any(type(m).__name__ == "Conv2dSame" for m in folded.modules())
        x = lite0.blank(2)
        assert float((net(x) - folded(x)).abs().max()) < 1e-4


def test_every_norm_of_a_network_of_conv_norm_pairs_goes():
    handle = xai.load_model("resnet18", "cpu", weights="random")
    with handle.session():
        assert norms(handle.scorer) == 0


def test_by_hand():
    """gain = 6 / sqrt(3 + 1) = 3, so y = 3 * (2x + 1 - 5) + 7 = 6x - 5."""
    conv, norm = nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1, eps=1.0)
    conv.weight.data.fill_(2)
    conv.bias.data.fill_(1)
    norm.weight.data.fill_(6)
    norm.bias.data.fill_(7)
    norm.running_mean.fill_(5)
    norm.running_var.fill_(3)
    net = nn.Sequential(conv, norm, nn.Flatten()).eval()
    x = torch.arange(6.0).view(1, 1, 2, 3)
    folded = fold(net, x).net
    assert folded[0].weight.item() == 6
    assert folded[0].bias.item() == -5
    assert isinstance(folded[1], nn.Identity)
    assert folded(x).tolist() == [[-5, 1, 7, 13, 19, 25]]
    assert (conv.weight.item(), conv.bias.item()) == (2, 1)


def test_a_convolution_without_bias_and_with_groups():
    torch.manual_seed(0)
    conv, norm = nn.Conv2d(4, 6, 3, groups=2, bias=False), nn.BatchNorm2d(6)
    norm.running_mean.uniform_(-1, 1)
    norm.running_var.uniform_(0.5, 2)
    nn.init.uniform_(norm.weight, 0.5, 2)
    net = nn.Sequential(conv, norm, nn.Flatten()).double().eval()
    x = torch.randn(2, 4, 5, 7).double()
    folded = fold(net, x).net
    assert folded[0].bias is not None
    torch.testing.assert_close(folded(x), net(x), rtol=1e-12, atol=1e-12)


class Twice(nn.Module):
    """The convolution is used with and without its norm, so it must not be folded."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)
        self.norm.running_mean.fill_(0.5)

    def forward(self, x):
        return (self.conv(self.norm(self.conv(x)))).flatten(1)


class Between(nn.Module):
    """Something stands between convolution and norm."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)

    def forward(self, x):
        return self.norm(self.conv(x).relu()).flatten(1)


@pytest.mark.parametrize(
    "net",
    [
        Twice(),
        Between(),
        nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 3, 1), nn.Flatten()),
        nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3, track_running_stats=False), nn.Flatten()),
        nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3, affine=False), nn.Flatten()),
        nn.Sequential(nn.Conv2d(3, 3, 1), nn.GroupNorm(1, 3), nn.Flatten()),
    ],
    ids=["called twice", "relu between", "norm first", "batch statistics", "not affine", "group norm"],
)
def test_what_cannot_be_folded_is_returned_as_it_is(net):
    assert fold(net.eval(), torch.rand(2, 3, 4, 6)).net is net


class Branched(nn.Module):
    """The convolution's output goes to a norm and, past it, to the sum: folding would change the second
    path.
    """

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)
        self.norm.running_mean.fill_(0.5)

    def forward(self, x):
        y = self.conv(x)
        return (self.norm(y) + y).flatten(1)


def test_a_folded_network_with_other_logits_is_refused(caplog):
    net = Branched().eval()
    found = fold(net, torch.rand(1, 3, 4, 6))
    assert found.net is net
    assert found.facts.pairs == 0
    assert found.facts.reason.startswith("Folding changed the logits by")
    assert found.facts.reason in caplog.text


def outputs(net: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    found = {}

    def note(key: str, _module: nn.Module, _inputs: tuple, output: torch.Tensor) -> None:
        found[key] = output.clone()  # before an activation writes into it

    observe(net, x, [key for key, _ in net.named_modules()], leave=note)
    return {key: value for key, value in found.items() if isinstance(value, torch.Tensor)}


def test_it_is_known_where_the_activations_are_the_same(handle):
    x = handle.blank().double()
    with handle.session() as net:
        net = copy.deepcopy(net).double()
    folded = fold(net, x)
    ours, theirs = outputs(folded.net, x), outputs(net, x)
    for key in folded.same & theirs.keys():
        assert float((ours[key] - theirs[key]).abs().max() / theirs[key].abs().max()) < 1e-12, key
    convolutions = {key for key in theirs if type(dict(folded.net.named_modules()).get(key)) is nn.Conv2d}
    others = convolutions - folded.same
    assert len(others) == folded.facts.pairs
    for key in others:
        assert float((ours[key] - theirs[key]).abs().max() / theirs[key].abs().max()) > 1e-3, key
    stages = {layer.key for layer in handle.layers if layer.suggested}
    assert stages <= folded.same


def test_the_layers_behind_the_last_convolution():
    convolutions = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))
    net = nn.Sequential(convolutions, nn.ReLU(), nn.Flatten()).eval()
    folded = fold(net, torch.rand(1, 3, 4, 6))
    assert folded.behind == {"", "0", "0.2", "0.3", "1", "2"}
    assert folded.same == {key for key, _ in net.named_modules()} - {"0.2"}


def test_what_both_share_is_not_held_twice():
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(96, 1000)).eval()
    folded = fold(net, torch.rand(1, 3, 4, 6))
    assert folded.net[3].weight.data_ptr() == net[3].weight.data_ptr()
    assert folded.facts.megabytes == 4 * (3 * 4 + 4) / 1e6
