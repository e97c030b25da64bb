"""Every classifier of torchvision, with its own weights and preprocessing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ..views import InputGrid
from .spec import Built, ModelSpec, WeightsFile
from .weights import load_state


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
    vision, entry = torchvision(), _weights(spec)
    trained = weights is not None
    options = {}
    if spec.architecture in (
        "googlenet",
        "inception_v3",
    ):  # their files hold auxiliary heads and expect other inputs
        options = {"aux_logits": trained, "transform_input": trained, "init_weights": not trained}
    net = vision.models.get_model(spec.architecture, weights=None, **options)
    if trained:
        load_state(net, weights, spec.key)
    transform = entry.transforms()
    size = transform.crop_size[0]
    grid = InputGrid(
        (size, size),
        transform.resize_size[0],
        transform.interpolation.value,
        tuple(transform.mean),
        tuple(transform.std),
    )
    return Built(net, tuple(entry.meta["categories"]), grid)
