"""Every classifier of torchvision, with its own weights and preprocessing."""

from __future__ import annotations

import pickle
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from ..images import InputGrid
from ..types import InputError
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
        load_state(net, weights, spec)
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


def load_state(net: torch.nn.Module, weights: Path, spec: ModelSpec) -> None:
    """Load a state dict, reading tensors only; raises InputError if the file is broken or belongs to another
    network.
    """
    try:
        net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise InputError(
            f"The file {weights} does not hold the weights of {spec.key}: {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
