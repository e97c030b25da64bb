"""A classifier that can be attacked by hand: two linear classes on pictures of 4 x 6 pixels."""

import numpy as np
import torch

import xai_core as xai
from tests.xai_core.methods.tiny import SIZE, Linear
from xai_core.inputs.views import InputGrid
from xai_core.models.spec import ModelSpec

GRID = InputGrid(SIZE, 4, "bilinear", (0.5, 0.5, 0.5), (0.5, 0.25, 0.2))


def handle(classes=2, seed=0, activation="softmax"):
    net = Linear(classes, SIZE, seed)
    labels = tuple(f"class {k}" for k in range(classes))
    spec = ModelSpec("linear", "Linear", "none", "linear")
    return xai.ModelHandle(spec, net, labels, GRID, torch.device("cpu"), torch.float64, activation)


def picture(seed=0, low=0, high=256):
    pixels = np.random.default_rng(seed).integers(low, high, (*SIZE, 3), dtype=np.uint8)
    return xai.ImageInput(pixels, "squash", f"picture {seed}")


def weights(own):
    """d logit / d pixel value for each class, (K, H, W, 3): W / std / 255."""
    with own.session() as net:
        w = net.weight.detach().permute(0, 2, 3, 1).numpy()
    return w / np.array(GRID.std) / 255


def logits(own, pixels):
    """(K,) by hand."""
    x = (pixels / 255 - np.array(GRID.mean)) / np.array(GRID.std)
    with own.session() as net:
        w, b = net.weight.detach().permute(0, 2, 3, 1).numpy(), net.bias.detach().numpy()
    return (w * x).sum((1, 2, 3)) + b
