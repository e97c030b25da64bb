"""CAM: worked by hand, its identity (mean of the map + bias = logit), where it applies, and how it
refuses.
"""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import xai_core as xai
from xai_core.methods.cam import cam, pooled_layer
from xai_core.models.layers import find_layers
from xai_core.network.capture import capture
from xai_core.network.scores import Score


def spec(net, x, key):
    return next(layer for layer in find_layers(net, x) if layer.key == key)


def run(net, x, key, score):
    layer = spec(net, x, key)
    return cam(net, x, score, layer, capture(net, x, [layer]).activations[key])


@pytest.fixture
def by_hand():
    """Channel 0 is the red plane, channel 1 green minus blue; W = [[1, 2], [-1, 3]], b = [10, 20]."""
    net = nn.Sequential(nn.Conv2d(3, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2)).eval()
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, -1.0]]).view(2, 3, 1, 1))
        net[0].bias.zero_()
        net[3].weight.copy_(torch.tensor([[1.0, 2.0], [-1.0, 3.0]]))
        net[3].bias.copy_(torch.tensor([10.0, 20.0]))
    x = torch.tensor([[[[1.0, 2.0, 3.0, 4.0]], [[1.0, 1.0, 0.0, 0.0]], [[0.0, 0.0, 0.0, 2.0]]]])
    return net.requires_grad_(False), x  # channels: 1 2 3 4 and 1 1 0 -2


def test_by_hand(by_hand):
    net, x = by_hand
    # class 0: A_0 + 2 A_1; mean 10/4 + 10 is the logit 12.5 - hence the identity below
    assert torch.equal(run(net, x, "0", Score((0,))), torch.tensor([[[3.0, 4.0, 3.0, 0.0]]]))
    # class 1: -A_0 + 3 A_1
    assert torch.equal(run(net, x, "0", Score((1,))), torch.tensor([[[2.0, 1.0, -3.0, -10.0]]]))
    assert net(x).tolist() == [[12.5, 17.5]]


def test_contrast_and_counterfactual_by_hand(by_hand):
    net, x = by_hand
    difference = torch.tensor([[[1.0, 3.0, 6.0, 10.0]]])
    assert torch.equal(run(net, x, "0", Score((0,), contrast=1)), difference)
    assert torch.equal(run(net, x, "0", Score((0,), contrast=1, negate=True)), -difference)
    assert torch.equal(run(net, x, "0", Score((1,), negate=True)), torch.tensor([[[-2.0, -1.0, 3.0, 10.0]]]))


def test_each_image_of_a_batch_its_own_class(by_hand):
    net, x = by_hand
    result = run(net, x.repeat(2, 1, 1, 1), "0", Score((0, 1)))
    assert result.tolist() == [[[3.0, 4.0, 3.0, 0.0]], [[2.0, 1.0, -3.0, -10.0]]]


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "densenet121"])
def test_mean_of_the_map_plus_bias_is_the_logit(name):
    """Of real architectures with random weights and a non-square input; the home layer is found for each. The
    ReLU between DenseNet's last norm and its pooling is a function, not a module."""
    from torchvision import models

    torch.manual_seed(0)
    net = models.get_model(name, weights=None, num_classes=7).double().eval().requires_grad_(False)
    x = torch.randn(1, 3, 64, 96, dtype=torch.float64)
    key = pooled_layer(net, x, find_layers(net, x))
    assert key == {"resnet18": "layer4", "mobilenet_v2": "features", "densenet121": "features"}[name]
    head = [module for module in net.modules() if isinstance(module, nn.Linear)][-1]
    for target in (0, 6):
        result = run(net, x, key, Score((target,)))
        assert result.shape == (1, 2, 3)
        torch.testing.assert_close(result.mean((1, 2)) + head.bias[target], net(x)[:, target])


def test_against_a_one_by_one_convolution(lite0, chelsea):
    """Zhou's other reading: put the linear layer before the pooling, as a 1x1 convolution."""
    e = xai.explain(lite0, chelsea, "cam", target=282, relu=False)
    with lite0.session() as net, torch.no_grad():
        features = net.forward_features(lite0.preprocess(chelsea))
        maps = F.conv2d(features, net.classifier.weight[:, :, None, None], net.classifier.bias)
        bias = float(net.classifier.bias[282])
    assert (e.layer, e.heatmap.shape, e.forwards) == ("bn2", (7, 7), 2)
    torch.testing.assert_close(torch.tensor(e.heatmap) + bias, maps[0, 282], rtol=1e-4, atol=1e-4)
    assert e.heatmap.mean() + bias == pytest.approx(e.logit, abs=1e-4)


def test_a_layer_that_is_not_pooled_is_refused(lite0, chelsea):
    with pytest.raises(xai.InputError, match=r"'blocks\.6'.*not it"):
        xai.explain(lite0, chelsea, "cam", target=282, layer="blocks.6")


class _Tail(nn.Module):
    def __init__(self, tail):
        super().__init__()
        self.stem, self.tail = nn.Conv2d(3, 4, 3), tail

    def forward(self, x):
        return self.tail(self.stem(x))


POOL = (nn.AdaptiveAvgPool2d(1), nn.Flatten())


@pytest.mark.parametrize(
    "tail",
    [
        nn.Sequential(nn.Flatten(), nn.Linear(4 * 4 * 6, 5)),
        nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 5)),
        nn.Sequential(*POOL, nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 5)),
        nn.Sequential(*POOL, nn.Linear(4, 5), nn.Softmax(1)),
        nn.Sequential(nn.Conv2d(4, 5, 1), *POOL),
    ],
    ids=["flattened", "max pooled", "two linear layers", "softmax inside", "no linear layer"],
)
def test_a_network_without_such_a_head_is_refused(tail):
    net = _Tail(tail).eval().requires_grad_(False)
    x = torch.randn(1, 3, 6, 8)
    with pytest.raises(xai.InputError, match="cam needs"):
        pooled_layer(net, x, find_layers(net, x))
