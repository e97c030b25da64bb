"""Networks whose units are known detectors, and a cache of their own for every test."""

import numpy as np
import pytest
import torch
from torch import nn

from xai_core.inputs.views import InputGrid
from xai_core.models.layers import find_layers
from xai_core.network.handle import ModelHandle
from xai_core.types import ImageInput


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Detectors(nn.Module):
    """Unit 0 answers to red, unit 1 to brightness that changes from left to right alone, unit 2 to
    nothing.
    """

    def __init__(self):
        super().__init__()
        self.units = nn.Identity()

    def forward(self, x):
        red = (x[:, 0] - x[:, 1:].amax(1)).relu()
        grey = x.mean(1, keepdim=True)
        across = (grey[..., 2:] - grey[..., :-2]).abs()[..., 1:-1, :]
        down = (grey[:, :, 2:] - grey[:, :, :-2]).abs()[..., 1:-1]
        vertical = nn.functional.pad(
            nn.functional.avg_pool2d((across - 4 * down).relu(), 9, 1, 4), (1, 1, 1, 1)
        )[:, 0]
        found = self.units(torch.stack([red, vertical, torch.zeros_like(red)], 1))
        return found.mean((2, 3))


class Spec:
    key = architecture = "detectors"


def handle_of(net, size=(64, 48), labels=("red", "stripes", "nothing")):
    half = (0.5, 0.5, 0.5)
    handle = ModelHandle(
        Spec(),
        net,
        labels,
        InputGrid(size, min(size), "bilinear", half, half),
        torch.device("cpu"),
        torch.float32,
    )
    with handle.session() as inner:
        handle.layers = find_layers(inner, handle.blank())
    return handle


@pytest.fixture
def detectors():
    return handle_of(Detectors())


@pytest.fixture
def pictures():
    """Twenty pictures of noise, not square, of rising redness."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(20):
        pixels = rng.integers(0, 200, (64, 48, 3), dtype=np.uint8)
        pixels[..., 0] = np.minimum(pixels[..., 0].astype(int) + 10 * number, 255)
        made.append(ImageInput(pixels, "squash", f"{number}"))
    return made
