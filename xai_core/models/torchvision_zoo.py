"""Every classifier of torchvision, with its own weights and preprocessing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from ..inputs.views import InputGrid
from .checkpoints import load_state
from .spec import Built, ModelSpec, WeightsFile


def torchvision() -> ModuleType:
    """The torchvision package; imported late, since it takes a second."""
    import torchvision

    return torchvision


@cache
def imagenet_labels() -> tuple[str, ...]:
    """The 1,000 ImageNet class names in order."""
    return tuple(torchvision().models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"])


def _weights(spec: ModelSpec) -> Any:
    enum = torchvision().models.get_model_weights(spec.architecture)
    return enum[spec.tag] if spec.tag else enum.DEFAULT


def weights_file(spec: ModelSpec) -> WeightsFile:
    """Name, size and digest as torchvision states them."""
    weights = _weights(spec)
    filename = weights.url.rsplit("/", 1)[-1]
    digest = re.search(r"-([0-9a-f]{8,})\.", filename)
    return WeightsFile(
        filename, weights.url, weights.meta.get("_file_size"), digest.group(1) if digest else ""
    )


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """The network in torchvision's own configuration for these weights."""
    entry, trained = _weights(spec), weights is not None
    transform = entry.transforms()
    size = transform.crop_size[0]
    net = network(spec.architecture, len(entry.meta["categories"]), trained, trained, size)
    if weights is not None:
        load_state(net, weights, spec.key)
    grid = InputGrid(
        (size, size),
        transform.resize_size[0],
        transform.interpolation.value,
        tuple(transform.mean),
        tuple(transform.std),
    )
    return Built(net, tuple(entry.meta["categories"]), grid)


def network(
    architecture: str, classes: int, trained: bool, auxiliary: bool, side: int | None = None
) -> nn.Module:
    """A network of that name. For GoogLeNet and Inception, `auxiliary` heads are there or not, and `trained`
    ones expect torchvision's own input scale. A ViT takes pictures of `side` pixels, 224 if that is None."""
    options: dict[str, bool | int] = {}
    if architecture.startswith("vit_") and side is not None:
        options = {"image_size": side}
    if architecture in ("googlenet", "inception_v3"):
        options = {"aux_logits": auxiliary, "transform_input": trained, "init_weights": not trained}
    return torchvision().models.get_model(architecture, weights=None, num_classes=classes, **options)
