"""Fixtures that every test may use. Handles are shared by the whole run, so a test must not change one."""

from __future__ import annotations

import copy
import os
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # one thread a worker, set before torch is imported
    os.environ["OMP_NUM_THREADS"] = "1"

import pytest

import xai_core as xai
from xai_core.inputs.views import InputGrid
from xai_core.models.layers import find_layers

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


TOGETHER = ("test_ray_engine",)
HALF = (
    "tests/browser/test_i"  # where the names of the journeys' files part into two halves of the same length
)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Two workers have the journeys, each with one server and one browser; the others compute meanwhile.
    (The mark that pytest-xdist has for this does nothing under pytest 9.2.)"""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith("tests/browser/"):
                return "the first journeys" if nodeid < HALF else "the other journeys"
            return next((part for part in TOGETHER if part in nodeid), nodeid)

    return Together(config, log)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images and weights beside the repository; tests that need it skip without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real test data (../shared/data) is not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def lite0() -> xai.ModelHandle:
    """The embedded default model with its real weights, on the CPU."""
    return xai.load_model("efficientnet_lite0", device="cpu")


@pytest.fixture(scope="session")
def lite0_small(lite0: xai.ModelHandle) -> xai.ModelHandle:
    """The same weights on a small grid that is not square, for what does not depend on the size."""
    with lite0.session() as net:
        own = copy.deepcopy(net)
    grid = InputGrid((64, 96), 73, "bicubic", lite0.grid.mean, lite0.grid.std)
    handle = xai.ModelHandle(lite0.spec, own, lite0.labels, grid, lite0.device, lite0.dtype)
    handle.layers = find_layers(own, handle.blank())
    return handle


@pytest.fixture(scope="session")
def tiny_vit(lite0: xai.ModelHandle) -> xai.ModelHandle:
    """A vision transformer of three blocks with random weights, for 32 x 48 pixels and lite0's classes."""
    import torch
    from timm.models.vision_transformer import VisionTransformer

    torch.manual_seed(0)
    net = VisionTransformer(
        img_size=(32, 48), patch_size=8, num_classes=1000, embed_dim=24, depth=3, num_heads=3
    )
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    grid = InputGrid((32, 48), 36, "bicubic", lite0.grid.mean, lite0.grid.std)
    handle = xai.ModelHandle(lite0.spec, net, lite0.labels, grid, lite0.device, lite0.dtype)
    handle.layers = find_layers(net, handle.blank())
    return handle


@pytest.fixture(scope="session")
def dog_cat(shared_data: Path) -> xai.ImageInput:
    """Bull mastiff (243) on the left and tiger cat (282) on the right, 224x224."""
    return xai.load_image(shared_data / "images" / "dog_cat.png")


@pytest.fixture(scope="session")
def chelsea() -> xai.ImageInput:
    """A cat, 451x300, from a pip package: always here, and not square."""
    return xai.load_sample("chelsea")
