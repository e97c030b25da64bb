"""Ablation-CAM: worked by hand, and against a hook that zeroes one channel and a full forward pass."""

import pytest
import torch
from torch import nn

from tests.lanes import core_and_peers
from xai_core.methods.ablation_cam import ablation_cam
from xai_core.models.layers import find_layers
from xai_core.network.batches import Progress
from xai_core.network.capture import capture
from xai_core.network.scores import Score


def run(net, x, key, score, progress=None):
    layer = next(layer for layer in find_layers(net, x) if layer.key == key)
    found = capture(net, x, [layer])
    return ablation_cam(net, x, score, found.logits, layer, found.activations[key], progress or Progress())


@pytest.fixture
def by_hand():
    """Three 1x1 channels: red, green + 1, nothing; logits are weighted channel means plus a bias."""
    net = nn.Sequential(nn.Conv2d(3, 3, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)).eval()
    with torch.no_grad():
        net[0].weight.copy_(torch.diag(torch.tensor([1.0, 1.0, 0.0])).view(3, 3, 1, 1))
        net[0].bias.copy_(torch.tensor([0.0, 1.0, 0.0]))
        net[3].weight.copy_(torch.tensor([[3.0, 1.0, 5.0], [-1.0, -2.0, 7.0]]))
        net[3].bias.copy_(torch.tensor([-2.0, 1.0]))
    x = torch.tensor([[[[1.0, 3.0]], [[0.0, 2.0]], [[9.0, 9.0]]]])
    return net.requires_grad_(False), x  # channels 1 3, 1 3, 0 0; means 2, 2, 0; logits 6 and -5


def test_by_hand(by_hand):
    net, x = by_hand
    assert net(x).tolist() == [[6.0, -5.0]]
    # class 0: without channel 0 the score is 0, without channel 1 it is 4: w = 1, 1/3, 0
    torch.testing.assert_close(run(net, x, "0", Score((0,))), torch.tensor([[[4 / 3, 4.0]]]))
    # class 1: s = -5, s_0 = -3, s_1 = -1: w = -2/-5 = 0.4, -4/-5 = 0.8. The published division by a negative
    # score turns the map round, and that is kept.
    torch.testing.assert_close(run(net, x, "0", Score((1,))), torch.tensor([[[1.2, 3.6]]]))


def test_contrast_and_counterfactual_by_hand(by_hand):
    net, x = by_hand
    # s = 6 - -5 = 11; without channel 0: 0 - -3 = 3, without channel 1: 4 - -1 = 5: w = 8/11, 6/11
    difference = torch.tensor([[[14 / 11, 42 / 11]]])
    torch.testing.assert_close(run(net, x, "0", Score((0,), contrast=1)), difference)
    # the other way round s = -11, divided by |s|: what raises it is positive still
    torch.testing.assert_close(run(net, x, "0", Score((1,), contrast=0)), -difference)
    torch.testing.assert_close(run(net, x, "0", Score((0,), negate=True)), torch.tensor([[[-4 / 3, -4.0]]]))


def test_dead_channels_are_not_run(by_hand):
    net, x = by_hand
    progress = Progress()
    run(net, x, "0", Score((0,)), progress)
    assert (
        progress.forwards == 2 + 1
    )  # two live channels, and the pass that shows what lies in front of the layer


def by_hook(net, x, key, targets):
    """Each channel zeroed by a replacing hook during a full forward pass; 32 copies of the image, each with
    another channel zeroed, share a pass."""
    module, maps = net.get_submodule(key), []
    for image, target in zip(x.split(1), targets, strict=True):
        kept = {}
        handle = module.register_forward_hook(lambda _m, _i, out, kept=kept: kept.update(out=out.clone()))
        with torch.no_grad():
            whole = net(image)[0, target]
        handle.remove()
        activations, weights = kept["out"][0], []
        for channels in torch.arange(len(activations)).split(32):

            def ablate(_module, _inputs, output, channels=channels):
                output = output.clone()
                for row, channel in enumerate(channels):
                    output[row, channel] = 0
                return output

            handle = module.register_forward_hook(ablate)
            with torch.no_grad():
                scores = net(image.repeat(len(channels), 1, 1, 1))[:, target]
            handle.remove()
            weights += [(whole - score) / whole for score in scores]
        maps.append(sum(w * a for w, a in zip(weights, activations, strict=True)))
    return torch.stack(maps)


@pytest.mark.parametrize("key", core_and_peers(["layer1.0.bn1", "layer2.0.downsample", "layer4", "relu"]))
def test_against_a_replacing_hook_on_a_resnet(key):
    """Stage ends, a norm whose output is overwritten in place, a branch beside the shortcut, and a module
    that is called once; random weights, two images with a class each, non-square."""
    from torchvision.models.resnet import BasicBlock, ResNet

    torch.manual_seed(0)
    net = ResNet(BasicBlock, [1, 2, 1, 1], num_classes=5)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.bias, std=0.2)
    net = net.double().eval().requires_grad_(False)
    x = torch.randn(2, 3, 32, 48, dtype=torch.float64)
    x = x[:1] if key == "layer4" else x  # 512 channels; one image is enough
    target = (1, 4)[: len(x)]
    result = run(net, x, key, Score(target))
    torch.testing.assert_close(result, by_hook(net, x, key, target), rtol=1e-8, atol=1e-10)


def test_against_a_replacing_hook_where_branches_meet():
    """Concatenated branches: only one of them lies in front of the layer, the other runs beside it."""

    class Branches(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 4, 3)
            self.left = nn.Sequential(nn.Conv2d(4, 7, 3, padding=1), nn.ReLU(inplace=True))
            self.right = nn.Conv2d(4, 6, 1)
            self.head = nn.Linear(13, 3)

        def forward(self, x):
            x = self.stem(x).relu_()
            return self.head(torch.cat([self.left(x), self.right(x)], 1).mean((2, 3)))

    torch.manual_seed(2)
    net = Branches().double().eval().requires_grad_(False)
    x = torch.randn(2, 3, 7, 9, dtype=torch.float64)
    for key in ("stem", "left.0", "left", "right"):
        result = run(net, x, key, Score((0, 2)))
        torch.testing.assert_close(result, by_hook(net, x, key, (0, 2)), rtol=1e-9, atol=1e-11)
