"""Networks in float64 on small grids that are not square, for comparison with other libraries."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

import xai_core as xai
from xai_core.inputs.views import InputGrid
from xai_core.models.layers import find_layers


@pytest.fixture(scope="session")
def lite0_64_small(lite0):
    """The embedded model with its real weights."""
    with lite0.session() as net:
        return _handle(lite0, copy.deepcopy(net).double(), (64, 96))


@pytest.fixture(scope="session")
def resnet18_64(lite0):
    """ResNet-18 with random weights, whose batch norms are no identity."""
    from torchvision.models import resnet18

    torch.manual_seed(0)
    return _handle(lite0, _unlike(resnet18(weights=None)), (64, 96))


@pytest.fixture(scope="session")
def vgg11_64(lite0):
    """VGG-11 with random weights and a narrow classifier."""
    from torchvision.models import vgg

    torch.manual_seed(0)
    net = vgg.vgg11(weights=None)
    net.avgpool = nn.AdaptiveAvgPool2d(1)
    net.classifier = nn.Sequential(nn.Linear(512, 64), nn.ReLU(True), nn.Linear(64, 1000))
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.normal_(module.bias, std=0.1)
    return _handle(lite0, net, (64, 96))


@pytest.fixture(scope="session")
def vit_64(lite0, tiny_vit):
    """A vision transformer of three blocks with random weights."""
    with tiny_vit.session() as net:
        return _handle(lite0, copy.deepcopy(net).double(), (32, 48))


def _unlike(net):
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 1.5)
    return net


def _handle(like, net, size):
    grid = InputGrid(size, size[0] + 9, "bicubic", like.grid.mean, like.grid.std)
    handle = xai.ModelHandle(like.spec, net.eval(), like.labels, grid, torch.device("cpu"), torch.float64)
    handle.layers = find_layers(net, handle.blank())
    return handle
