"""lrp: a literal derivation with full matrices, conservation, whole networks, and zennit."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.lrp import COMPOSITES, lrp
from xai_core.network.composite_rules import picture_relevance
from xai_core.network.scores import Score

from .tiny import pictures

LOW, HIGH = (torch.tensor(v, dtype=torch.float64).view(1, 3, 1, 1) for v in ([-2.0, -3, -4], [2.0, 3, 4]))
EPS = 1e-6


def small_net(bias=True):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 5, 3, padding=1),  # its output, of both signs, is the next one's input
        nn.Conv2d(5, 4, 1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * 2 * 3, 6),
        nn.ReLU(),
        nn.Linear(6, 3),
    ).double()
    for module in net:
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.normal_(module.bias, std=0.3 if bias else 0.0)
    return net.eval().requires_grad_(False)


def stable(z):
    return z + EPS * (1 if z >= 0 else -1)


def shares(rule, w, b, x, y, relevance):
    """R (I,) from R_out (O,) of y = W x + b, one output and one input at a time, as the papers write them."""
    found = torch.zeros_like(x)
    for j in range(len(y)):
        z = w[j] * x
        pos, neg = z.clamp(min=0), z.clamp(max=0)
        bp, bn = b[j].clamp(min=0), b[j].clamp(max=0)
        if rule == "epsilon":
            part = z / stable(z.sum() + b[j])
        elif rule == "z_plus":
            part = pos / stable(pos.sum() + bp)
        elif rule == "alpha2_beta1":
            part = 2 * pos / stable(pos.sum() + bp) - neg / stable(neg.sum() + bn)
        elif rule == "gamma":  # positive contributions count 1.25 times for a positive output, else negative
            sign = torch.sign(y[j])
            chosen, own = (pos, bp) if sign > 0 else (neg, bn)
            weighted = z + chosen / 4
            part = weighted / stable(weighted.sum() + b[j] + own / 4)
        found += part * relevance[j]
    return found


def first_shares(rule, w, b, x, low, high, reached, relevance):
    found = torch.zeros_like(x)
    for j in range(len(relevance)):
        if rule == "flat":
            part = reached[j] / stable(reached[j].sum())
        else:
            z = w[j] * x - w[j].clamp(min=0) * low - w[j].clamp(max=0) * high
            part = z / stable(z.sum() + b[j] - b[j].clamp(min=0) - b[j].clamp(max=0))
        found += part * relevance[j]
    return found


def matrix(layer, x):
    """W (O, I) of a layer for inputs like x (1, ...), and which inputs each output sees."""
    if isinstance(layer, nn.Linear):
        return layer.weight, layer.bias
    eye = torch.eye(x.numel(), dtype=x.dtype).view(-1, *x.shape[1:])
    columns = F.conv2d(eye, layer.weight, None, layer.stride, layer.padding).flatten(1).T
    return columns, layer.bias.repeat_interleave(len(columns) // len(layer.bias))


def literal(net, x, target, convolution, first):
    values = [x]
    for layer in net:
        values.append(layer(values[-1].clone()))
    relevance = torch.zeros(3, dtype=x.dtype)
    relevance[target] = values[-1][0, target]
    for number in reversed(range(len(net))):
        layer, here, there = net[number], values[number], values[number + 1].flatten()
        if isinstance(layer, nn.MaxPool2d):
            z = here.clone().requires_grad_()
            (relevance,) = torch.autograd.grad(layer(z), z, relevance.view(values[number + 1].shape))
            relevance = relevance.flatten()
        elif isinstance(layer, (nn.Conv2d, nn.Linear)):
            w, b = matrix(layer, here)
            if number == 0 and first is not None:
                low, high = (bound.expand_as(x).flatten() for bound in (LOW, HIGH))
                ones = copy.deepcopy(layer)
                ones.weight.fill_(1.0)
                reached = matrix(ones, here)[0]
                relevance = first_shares(first, w, b, here.flatten(), low, high, reached, relevance)
            else:
                rule = convolution if isinstance(layer, nn.Conv2d) else "epsilon"
                relevance = shares(rule, w, b, here.flatten(), there, relevance)
    return relevance.view(x.shape)


RULES = {
    "epsilon_plus": ("z_plus", None),
    "epsilon_plus_flat": ("z_plus", "flat"),
    "epsilon_gamma_box": ("gamma", "z_box"),
    "epsilon_alpha2_beta1": ("alpha2_beta1", None),
    "epsilon": ("epsilon", None),
}


@pytest.mark.parametrize("composite", COMPOSITES)
@pytest.mark.parametrize("target", [0, 2])
def test_a_literal_derivation(composite, target):
    net, x = small_net(), pictures(1)
    found = picture_relevance(net, x, Score((target,)), COMPOSITES[composite], (LOW, HIGH))
    assert_close(found, literal(net, x, target, *RULES[composite]), atol=1e-12, rtol=1e-8)
    assert found.abs().max() > 1e-4


@pytest.mark.parametrize("composite", COMPOSITES)
def test_without_biases_the_map_adds_up_to_the_score(composite):
    net, x, score, facts = small_net(bias=False), pictures(2), Score((0, 2)), {}
    found = lrp(net, x, score, net(x), (LOW, HIGH), facts, composite)
    assert_close(found.sum((1, 2)), score(net(x)), rtol=1e-3, atol=1e-4)
    assert_close(facts["explained"], torch.ones(2, dtype=torch.float64), rtol=1e-3, atol=0)
    with_biases = small_net()
    lrp(with_biases, x, score, with_biases(x), (LOW, HIGH), facts, composite)
    assert (facts["explained"] - 1).abs().max() > 0.01


def test_a_residual_sum_gives_each_summand_its_share():
    """y = a + b with a = 2 x and b = x: two thirds and one third, so that y = 3 x keeps all of it."""

    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 3, 1, bias=False), nn.Linear(18, 1, bias=False)

        def forward(self, x):
            skip = F.relu(x)
            found = self.conv(skip)
            found += skip
            return self.head(found.flatten(1))

    net = Sum().double().requires_grad_(False)
    net.conv.weight.copy_(2 * torch.eye(3)[:, :, None, None])
    x = pictures(1, (2, 3)).abs()
    found = picture_relevance(net, x, Score((0,)), COMPOSITES["epsilon"], (LOW, HIGH))
    assert_close(found, 3 * x * net.head.weight.view(x.shape), rtol=1e-4, atol=1e-5)


def test_a_gate_is_a_constant():
    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 3, 1, bias=False), nn.Linear(18, 1, bias=False)

        def forward(self, x):
            return self.head((self.conv(x) * torch.sigmoid(x.mean((2, 3), keepdim=True))).flatten(1))

    torch.manual_seed(0)
    net, x = Gated().double().requires_grad_(False), pictures(1, (2, 3))
    found = picture_relevance(net, x, Score((0,)), COMPOSITES["epsilon"], (LOW, HIGH))
    assert_close(found.sum(), net(x)[0, 0], rtol=1e-3, atol=1e-4)


def test_a_padded_and_scaled_picture_keeps_its_relevance():
    class Padded(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = small_net()

        def forward(self, x):
            return self.net[1:](self.net[0](F.pad(x * 2.0, (1, 0, 0, 0)))[..., 1:])

    x, composite = pictures(1), COMPOSITES["epsilon_plus"]
    for flat in (COMPOSITES["epsilon_plus_flat"], composite):
        found = picture_relevance(Padded(), x, Score((0,)), flat, (LOW, HIGH))
        assert found.shape == x.shape
        assert torch.isfinite(found).all()
        assert found.abs().max() > 1e-3


def test_a_way_around_the_first_layer_is_said():
    class Around(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = small_net()

        def forward(self, x):
            return self.net(x) + x.mean((1, 2, 3))[:, None]

    with pytest.raises(xai.InputError, match="around the first layer"):
        picture_relevance(Around(), pictures(1), Score((0,)), COMPOSITES["epsilon_plus_flat"], (LOW, HIGH))


@pytest.mark.parametrize("name", ["lite0_64_small", "resnet18_64", "vgg11_64", "vit_64"])
@pytest.mark.parametrize("composite", ["epsilon_plus_flat", "epsilon_gamma_box"])
def test_whole_networks(request, chelsea, name, composite):
    handle = request.getfixturevalue(name)
    e = xai.explain(handle, chelsea, "lrp", 282, composite=composite)
    assert e.heatmap.shape == handle.input_size
    assert e.signed
    assert float(e.heatmap.sum()) == pytest.approx(e.facts["explained"] * e.logit, rel=1e-3, abs=1e-4)


@pytest.mark.peers
@pytest.mark.parametrize("name", ["vgg11_64", "resnet18_64"])
@pytest.mark.parametrize("composite", [name for name in COMPOSITES if name != "epsilon"])
def test_zennit(request, chelsea, name, composite):
    """zennit's mean pooling and sums have a stabilizer of 1e-6, ours have none: 1e-4 of the largest value."""
    pytest.importorskip("zennit")
    from zennit import composites
    from zennit.canonizers import SequentialMergeBatchNorm
    from zennit.torchvision import ResNetCanonizer

    cls = {
        "epsilon_plus": composites.EpsilonPlus,
        "epsilon_plus_flat": composites.EpsilonPlusFlat,
        "epsilon_gamma_box": composites.EpsilonGammaBox,
        "epsilon_alpha2_beta1": composites.EpsilonAlpha2Beta1,
    }[composite]
    handle = request.getfixturevalue(name)
    with handle.session() as net:
        x, own = handle.preprocess(chelsea), copy.deepcopy(net)
    low, high = (handle.grid.normalise(torch.full_like(x[:, :, :1, :1], end)) for end in (0.0, 255.0))
    bounds = {"low": low, "high": high} if composite == "epsilon_gamma_box" else {}
    canonizers = [ResNetCanonizer() if name == "resnet18_64" else SequentialMergeBatchNorm()]
    leaf, start = x.clone().requires_grad_(), torch.zeros(1, 1000, dtype=x.dtype)
    with cls(**bounds, canonizers=canonizers).context(own) as changed:
        logits = changed(leaf)
        start[0, 282] = logits[0, 282].detach()
        (theirs,) = torch.autograd.grad(logits, leaf, start)
    ours = xai.explain(handle, chelsea, "lrp", 282, composite=composite).heatmap
    theirs = theirs.sum(1)[0]
    assert (torch.from_numpy(ours.copy()).double() - theirs).abs().max() < 1e-4 * theirs.abs().max()
