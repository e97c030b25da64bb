"""A tiny ViT and a tiny CNN, trained by this project on the pictures that it draws (`inputs.shapes`).

Both take 64 x 64 pixels, tell eight shapes apart, and come with the library, so that a trained transformer,
and pictures in which the right region is known, are here without any download. They were trained on pictures
from number 1,000,000 on; `python -m xai_core.models.train_shapes` makes the weights again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..data import data_file
from ..inputs.shapes import LABELS
from ..inputs.views import InputGrid
from .checkpoints import load_state
from .spec import Built, ModelSpec, WeightsFile
from .timm_zoo import timm

SIDE, PATCH, WIDTH, DEPTH, HEADS = 64, 8, 64, 4, 4
CHANNELS = (12, 24, 48, 64)
GRID = InputGrid((SIDE, SIDE), SIDE, "bilinear", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The file inside this package."""
    path = Path(str(data_file(f"{spec.key}.safetensors")))
    return WeightsFile(path.name, local=lambda: path if path.is_file() else None, packaged=True)


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """The network; its weights are kept as 16-bit and computed with as 32-bit numbers."""
    net = network(spec.architecture)
    if weights is not None:
        load_state(net, weights, spec.key)
    return Built(net, LABELS, GRID)


def network(architecture: str) -> nn.Module:
    """The network of that name, "vit" or "cnn", with fresh weights."""
    return _vit() if architecture == "vit" else ShapesCNN()


def _vit() -> nn.Module:
    """timm's Vision Transformer: 8 x 8 patches of 8 x 8 pixels and a class token, four blocks of four
    heads."""
    timm()  # makes torchvision importable, which timm needs
    from timm.models.vision_transformer import VisionTransformer

    net = VisionTransformer(
        img_size=SIDE,
        patch_size=PATCH,
        embed_dim=WIDTH,
        depth=DEPTH,
        num_heads=HEADS,
        num_classes=len(LABELS),
    )
    assert net.pos_embed is not None  # timm has networks without one; this is none of them
    with torch.no_grad():
        net.pos_embed[0, 1:] = _places(SIDE // PATCH)
    return net


def _places(count: int) -> torch.Tensor:
    """(count * count, WIDTH): sines and cosines of each patch's row and column at several wavelengths. The
    position embedding starts as these when it is learned."""
    y, x = (axis.reshape(-1, 1) for axis in np.mgrid[:count, :count])
    rates = np.geomspace(np.pi / count, 0.75 * np.pi, WIDTH // 4)
    waves = np.concatenate([wave(axis * rates) for axis in (x, y) for wave in (np.sin, np.cos)], 1)
    return torch.from_numpy(waves.astype(np.float32)) / 2


class ShapesCNN(nn.Module):
    """Four stages of two convolutions, maps of 32, 16, 8 and 8 places a side, mean, linear."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1 = _stage(3, CHANNELS[0])
        self.layer2 = _stage(CHANNELS[0], CHANNELS[1])
        self.layer3 = _stage(CHANNELS[1], CHANNELS[2])
        self.layer4 = _stage(CHANNELS[2], CHANNELS[3], stride=1)
        self.linear = nn.Linear(CHANNELS[3], len(LABELS))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3, 64, 64) -> (N, 8) logits."""
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.linear(x.mean((2, 3)))


def _stage(inside: int, outside: int, stride: int = 2) -> nn.Sequential:
    return nn.Sequential(*_convolution(inside, outside, stride), *_convolution(outside, outside, 1))


def _convolution(inside: int, outside: int, stride: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )
