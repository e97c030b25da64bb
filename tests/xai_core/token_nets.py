"""A vision transformer of a few hundred weights, of any input size, with any number of tokens in front."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

import xai_core as xai
from xai_core.inputs.views import InputGrid
from xai_core.models import ModelSpec
from xai_core.models.layers import read_layers

WIDTH, CLASSES = 8, 3


class Attention(nn.Module):
    """Two heads, with normalised queries: `q_norm` returns (N, heads, T, d)."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.q_norm = nn.LayerNorm(WIDTH // 2)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(2, (3, 2, WIDTH // 2)).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(self.q_norm(q), k, v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.attn, self.norm2 = nn.LayerNorm(WIDTH), Attention(), nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 16), nn.GELU(), nn.Linear(16, WIDTH))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class TinyViT(nn.Module):
    """`front` tokens before the patches; the first is read, or the mean of the patches (`mean`). Patches are
    embedded by a convolution, or by a linear layer, which leaves no map behind."""

    def __init__(self, size=(16, 24), patch=4, front=1, mean=False, convolution=True, blocks=3):
        super().__init__()
        self.patch, self.mean, self.front = patch, mean, front
        self.embed = nn.Conv2d(3, WIDTH, patch, patch) if convolution else nn.Linear(3 * patch**2, WIDTH)
        count = (size[0] // patch) * (size[1] // patch)
        self.tokens = nn.Parameter(torch.randn(1, front, WIDTH))
        self.places = nn.Parameter(0.5 * torch.randn(1, front + count, WIDTH))
        self.blocks = nn.Sequential(*(Block() for _ in range(blocks)))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, CLASSES)

    def forward(self, x):
        if isinstance(self.embed, nn.Conv2d):
            patches = self.embed(x).flatten(2).transpose(1, 2)
        else:
            patches = self.embed(F.unfold(x, self.patch, stride=self.patch).transpose(1, 2))
        x = torch.cat([self.tokens.expand(len(x), -1, -1), patches], 1) + self.places
        x = self.norm(self.blocks(x))
        return self.head(x[:, self.front :].mean(1) if self.mean else x[:, 0])


def tiny_vit(size=(16, 24), seed=0, **options) -> xai.ModelHandle:
    """A handle to one with random weights, in double precision."""
    torch.manual_seed(seed)
    return handle_to(TinyViT(size, **options), size)


def handle_to(net: nn.Module, size: tuple[int, int]) -> xai.ModelHandle:
    """A handle to any network of three classes, in double precision."""
    grid = InputGrid(size, min(size), "bilinear", (0.5,) * 3, (0.25,) * 3)
    spec, labels = ModelSpec("tiny", "Tiny", "timm", "tiny"), ("cat", "dog", "bird")
    handle = xai.ModelHandle(spec, net, labels, grid, torch.device("cpu"), torch.float64)
    with handle.session() as inner:
        found = read_layers(inner, handle.blank())
    handle.layers, handle.refused, handle.traits = found.layers, found.refused, found.traits
    return handle
