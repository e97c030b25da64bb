"""ResNets for CIFAR-10: ResNet-20 and ResNet-56 with parameter-free shortcuts (option A), and torchvision's
ResNet-18 with a small stem. Ten classes, pictures of 32 x 32 pixels.

He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, CVPR 2016, section 4.2. The weights of
ResNet-20 and ResNet-56 are those of Y. Idelbayev (akamaster/pytorch_resnet_cifar10); ResNet-18 is
edadaltocg/resnet18_cifar10 on the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from ..inputs.views import InputGrid
from .checkpoints import load_state
from .spec import Built, ModelSpec, WeightsFile

LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIDE = 32
_GITHUB = "https://raw.githubusercontent.com/akamaster/pytorch_resnet_cifar10/master/pretrained_models/"
_HUB = "https://huggingface.co/edadaltocg/resnet18_cifar10/resolve/main/pytorch_model.bin"
_FILES = {
    "resnet20": WeightsFile("resnet20-12fca82f.th", f"{_GITHUB}resnet20-12fca82f.th", 1.1, "12fca82f"),
    "resnet56": WeightsFile("resnet56-4bfd9763.th", f"{_GITHUB}resnet56-4bfd9763.th", 3.4, "4bfd9763"),
    "resnet18": WeightsFile("resnet18_cifar10.bin", _HUB, 45),
}
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_CIFAR = ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
_BLOCKS = {"resnet20": 3, "resnet56": 9}


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The file with the weights of that architecture."""
    return _FILES[spec.architecture]


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """The network."""
    small = spec.architecture in _BLOCKS
    net = CifarResNet(_BLOCKS[spec.architecture]) if small else _resnet18()
    if weights is not None:
        load_state(net, weights, spec.key)
    mean, std = _IMAGENET if small else _CIFAR
    return Built(net, LABELS, InputGrid((SIDE, SIDE), SIDE, "bilinear", mean, std))


class _Block(nn.Module):
    """Two 3x3 convolutions; where the size halves, the shortcut takes every second pixel and fills the new
    channels with zeros."""

    def __init__(self, inside: int, outside: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self._stride, self._added = stride, outside - inside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self._added:
            half = self._added // 2
            x = F.pad(x[:, :, :: self._stride, :: self._stride], (0, 0, 0, 0, half, self._added - half))
        return F.relu(out + x)


class CifarResNet(nn.Module):
    """6 n + 2 layers: a stem, three stages of n blocks with 16, 32 and 64 channels, mean, linear."""

    def __init__(self, blocks: int, classes: int = len(LABELS)):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = _stage(16, 16, blocks, 1)
        self.layer2 = _stage(16, 32, blocks, 2)
        self.layer3 = _stage(32, 64, blocks, 2)
        self.linear = nn.Linear(64, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def _stage(inside: int, outside: int, blocks: int, stride: int) -> nn.Sequential:
    first = _Block(inside, outside, stride)
    return nn.Sequential(first, *(_Block(outside, outside, 1) for _ in range(blocks - 1)))


def _resnet18() -> nn.Module:
    from torchvision.models import resnet18

    net = resnet18(num_classes=len(LABELS))
    net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    net.maxpool = nn.Identity()
    return net
