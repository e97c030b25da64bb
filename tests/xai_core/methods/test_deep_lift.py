"""deep_lift: by hand, by a slow walk through a net, complete on every kind of network, and beside Captum."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.deep_lift import deep_lift
from xai_core.network.multipliers import contributions
from xai_core.network.scores import Score

from .tiny import Linear, pictures


def run(net, x, score, baseline, aggregate="signed"):
    facts = {}
    return deep_lift(net.eval(), x, score, baseline, facts, aggregate), facts["completeness_error"]


class Saturated(nn.Module):
    """1 - relu(1 - a - b) of two pixels: its gradient is 0 where a + b > 1."""

    def forward(self, x):
        return (1 - F.relu(1 - x.sum((1, 2, 3))))[:, None]


def test_saturation_by_hand():
    """a = b = 1 from 0: the ReLU falls from 1 to 0 while its input falls by 2, so each pixel gets 1/2."""
    x = torch.zeros(1, 3, 1, 2, dtype=torch.float64)
    x[0, 0] = 1.0
    found, error = run(Saturated(), x, Score((0,)), torch.zeros_like(x))
    assert_close(found, torch.tensor([[[0.5, 0.5]]], dtype=torch.float64))
    assert error.max() < 1e-12


def test_a_linear_network():
    net, x, b = Linear(), pictures(2), pictures(2, seed=5)
    net.requires_grad_(False)
    found, _ = run(net, x, Score((2, 1)), b, "abs")
    assert_close(found, ((x - b) * net.weight[[2, 1]]).abs().sum(1))


def small_net():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),  # windows overlap
        nn.Conv2d(4, 5, 3, padding=1),
        nn.SiLU(),
        nn.Flatten(),
        nn.Linear(5 * 2 * 3, 3),
    )
    return net.double().eval().requires_grad_(False)


def test_a_slow_walk_through_a_net():
    """Multipliers layer by layer as full matrices, the pool window by window."""
    net, x, b = small_net(), pictures(1), pictures(1, seed=5)
    values, values_b = [x], [b]
    for layer in net:
        values.append(layer(values[-1].clone()))
        values_b.append(layer(values_b[-1].clone()))
    m = net[6].weight[1:2].clone()
    for number in (4, 3, 2, 1, 0):
        layer, here, here_b = net[number], values[number], values_b[number]
        size = here.numel()
        if isinstance(layer, nn.Conv2d):
            eye = torch.eye(size, dtype=x.dtype).view(size, *here.shape[1:])
            columns = F.conv2d(eye, layer.weight, None, padding=1).flatten(1)
            m = m @ columns.T
        elif isinstance(layer, nn.MaxPool2d):
            total = torch.zeros(here.shape, dtype=x.dtype)
            shares = m.view(values[number + 1].shape)
            for c in range(4):
                for i in range(2):
                    for j in range(3):
                        window = (slice(max(2 * i - 1, 0), 2 * i + 2), slice(max(2 * j - 1, 0), 2 * j + 2))
                        one, other = here[0, c][window], here_b[0, c][window]
                        place, place_b = (
                            divmod(int(one.argmax()), one.shape[1]),
                            divmod(int(other.argmax()), one.shape[1]),
                        )
                        most = max(one.max(), other.max())
                        for at, change in ((place, most - other.max()), (place_b, one.max() - most)):
                            if change != 0:
                                slope = change / (one[at] - other[at])
                                total[0, c][window][at] += shares[0, c, i, j] * slope
            m = total.flatten(1)
        else:
            step = here - here_b
            z = here.clone().requires_grad_()
            (plain,) = torch.autograd.grad(layer(z * 1.0).sum(), z)
            slope = torch.where(step == 0, plain, (values[number + 1] - values_b[number + 1]) / step)
            m = m * slope.flatten(1)
    expected = m.view(x.shape) * (x - b)
    found, difference = contributions(net, x, b, Score((1,)))
    assert_close(found, expected)
    assert_close(found.sum(), difference[0])
    assert_close(difference[0], (net(x) - net(b))[0, 1])


class Mixed(nn.Module):
    """What DeepLIFT has no rule of its own for: a gate, a softmax, a LayerNorm, a division, a power."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.norm, self.head = nn.Conv2d(3, 4, 1), nn.LayerNorm(4), nn.Linear(4, 3)

    def forward(self, x):
        z = self.conv(x)
        z = z * torch.sigmoid(z.mean((2, 3), keepdim=True))
        tokens = self.norm(z.flatten(2).transpose(1, 2))
        tokens = (tokens @ tokens.transpose(1, 2)).softmax(-1) @ tokens
        return self.head(F.gelu(tokens.mean(1)) ** 2)


def test_complete_through_products_softmax_and_norms():
    net, x, b = Mixed().double().requires_grad_(False), pictures(2), pictures(2, seed=5)
    found, difference = contributions(net, x, b, Score((0, 2)))
    assert_close(found.sum((1, 2, 3)), difference)
    assert difference.abs().min() > 1e-3
    gradient = x.clone().requires_grad_()
    (plain,) = torch.autograd.grad(Score((0, 2))(net(gradient)).sum(), gradient)
    assert not torch.allclose(plain * (x - b), found, rtol=0.1)


@pytest.mark.parametrize("name", ["lite0_64_small", "resnet18_64", "vgg11_64", "vit_64"])
def test_complete_on_whole_networks(request, chelsea, name):
    e = xai.explain(request.getfixturevalue(name), chelsea, "deep_lift", 282, aggregate="signed")
    assert e.facts["completeness_error"] < 1e-9
    assert e.heatmap.any()


def test_contrast_is_the_difference_of_two_maps(lite0_64_small, chelsea):
    one, other, both = (
        xai.explain(
            lite0_64_small, chelsea, "deep_lift", target, aggregate="signed", contrast=contrast
        ).heatmap
        for target, contrast in ((282, None), (281, None), (282, 281))
    )
    assert_close(torch.tensor(both), torch.tensor(one - other), atol=1e-5, rtol=1e-4)


def test_a_function_without_a_rule_is_named():
    class Sorted(nn.Module):
        def forward(self, x):
            return x.flatten(1).sort(1).values

    with pytest.raises(xai.InputError, match="no rule for the function 'sort'"):
        contributions(Sorted(), pictures(1), pictures(1, seed=5), Score((0,)))


def test_another_way_for_another_picture_is_said():
    class Switching(nn.Module):
        def forward(self, x):
            z = x.flatten(1)
            return z.relu() if float(x.sum()) > 0 else z

    with pytest.raises(xai.InputError, match="same functions for every picture"):
        contributions(Switching(), torch.ones(1, 3, 2, 3), -torch.ones(1, 3, 2, 3), Score((0,)))


def captum_ready(net):
    """Each activation a module of its own, ReLU for ReLU6, mean pooling for max pooling: where Captum is
    complete."""
    own = copy.deepcopy(net)
    for module in list(own.modules()):
        for name, child in module.named_children():
            if isinstance(child, (nn.ReLU6, nn.ReLU)):
                setattr(module, name, nn.ReLU())
            elif isinstance(child, nn.MaxPool2d):
                setattr(module, name, nn.AvgPool2d(2, 2))
        if type(module).__name__ == "BasicBlock":
            module.relu2 = nn.ReLU()
            module.forward = basic_block.__get__(module)
    return own


def basic_block(self, x):
    found = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
    return self.relu2(found + (x if self.downsample is None else self.downsample(x)))


@pytest.mark.peers
@pytest.mark.parametrize("name", ["lite0_64_small", "resnet18_64", "vgg11_64"])
def test_captum(request, chelsea, name):
    captum = pytest.importorskip("captum.attr")
    handle = request.getfixturevalue(name)
    with handle.session() as net:
        own, x = captum_ready(net), handle.preprocess(chelsea)
        b = x.flip(3) * 0.5
        theirs = captum.DeepLift(own).attribute(x, b, target=282)
        ours, difference = contributions(own, x, b, Score((282,)))
    assert (ours - theirs).abs().max() < 1e-7 * ours.abs().max()
    assert_close(theirs.sum(), difference[0])
    assert_close(ours.sum(), difference[0])


@pytest.mark.peers
@pytest.mark.parametrize("between", [[], [nn.ReLU()]], ids=["conv-pool", "conv-relu-pool"])
def test_captum_at_max_pooling(between):
    """Equal behind a convolution. Behind a ReLU Captum 0.9 misses s(x) - s(b), and ours does not."""
    captum = pytest.importorskip("captum.attr")
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 4, 3, padding=1), *between, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24, 3)]
    net, x, b = nn.Sequential(*layers).double().requires_grad_(False), pictures(1), pictures(1, seed=5)
    theirs = captum.DeepLift(net).attribute(x, b, target=1).detach()
    ours, difference = contributions(net, x, b, Score((1,)))
    assert_close(ours.sum(), difference[0])
    if not between:
        assert_close(ours, theirs)
    else:
        assert abs(theirs.sum() - difference[0]) > 0.1 * abs(difference[0])
