"""A person's own classifiers: an architecture of torchvision or timm, class names, and a file of weights.

    key = add_model("birds", "birds.pth", "resnet18", ["wren", "robin"])    ->    "own/birds"

Each is a folder of `models_folder()` with `model.json` and `weights.safetensors`. It appears there whole, or
not at all: everything is checked, and the network has answered once, before anything is written."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from ..inputs.views import InputGrid
from ..network.scores import ACTIVATIONS
from ..types import InputError
from . import timm_zoo, torchvision_zoo
from .checkpoints import load_state
from .fitting import fill, tensors, try_out
from .spec import Built, ModelSpec, WeightsFile

PREFIX = "own/"
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CROP = 0.875  # of the resized picture, where `resize` is not given
SIDES = (16, 1024)
MAX_CLASSES = 100_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


def models_folder() -> Path:
    """Where own models lie: XAI_MODELS_DIR, else saliency-lab/models in the user's cache."""
    import pooch

    named = os.environ.get("XAI_MODELS_DIR")
    return Path(named) if named else Path(pooch.os_cache("saliency-lab")) / "models"


def own_models() -> tuple[str, ...]:
    """The keys of all own models on this machine, by name."""
    found = models_folder().glob("*/model.json")
    return tuple(PREFIX + name for name in sorted(f.parent.name for f in found) if _NAME.fullmatch(name))


def spec_for(key: str) -> ModelSpec:
    """Raises InputError for a model that is not on this machine."""
    name = key.removeprefix(PREFIX)
    if key not in own_models():
        raise InputError(
            f"There is no model {key!r} on this machine: a person's own model is known only where it was "
            f"added ({', '.join(own_models()) or 'none was'})."
        )
    return ModelSpec(key, name, "own", _description(name)["architecture"], about="Your own.")


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The file beside the description."""
    path = models_folder() / spec.label / "weights.safetensors"
    return WeightsFile(path.name, local=lambda: path if path.is_file() else None, packaged=True)


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """The network as it was described when it was added."""
    told = _description(spec.label)
    labels = tuple(told["labels"])
    net = _network(told["architecture"], len(labels), told["auxiliary"])
    if weights is not None:
        load_state(net, weights, spec.key)
    grid = told["grid"]
    size, mean, std = (tuple(grid[name]) for name in ("size", "mean", "std"))
    return Built(
        net, labels, InputGrid(size, grid["resize"], grid["interpolation"], mean, std), told["activation"]
    )


def add_model(
    name: str,
    file: str | Path | bytes,
    architecture: str,
    labels: Sequence[str] | int,
    *,
    mean: Sequence[float] = IMAGENET[0],
    std: Sequence[float] = IMAGENET[1],
    size: int = 224,
    resize: int | None = None,
    interpolation: str = "bilinear",
    activation: str = "softmax",
) -> str:
    """Keep a classifier on this machine and return its key, "own/" and its name.

    `file` holds safetensors, or tensors written by `torch.save`; no code in it is run. `architecture` is a
    classifier of torchvision, else of timm ("timm/resnet18" where both have the name). `labels` are the class
    names in order, or how many there are. Pictures are resized to `resize` (the shorter side, None is `size`
    / 0.875) and cut to `size` x `size`; `mean` and `std` belong to RGB in 0..1. `activation` is "softmax", or
    "sigmoid" where each class is right or wrong by itself. Raises InputError, with nothing left behind, for
    whatever does not fit."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError(
            f"name is {name!r}; up to 60 letters, digits, dots, dashes and underscores are accepted."
        )
    if (models_folder() / name).exists():
        raise InputError(f"There is an own model {name!r} already; give this one another name.")
    names = _labels(labels)
    grid = _grid(mean, std, size, resize, interpolation)
    if activation not in ACTIVATIONS:
        raise InputError(f"activation is {activation!r}; accepted are {', '.join(ACTIVATIONS)}.")
    _check_architecture(architecture)
    state = tensors(file)
    auxiliary = any(key.startswith(("aux1.", "AuxLogits.")) for key in state)
    with torch.random.fork_rng(devices=[]):
        net = _network(architecture, len(names), auxiliary)
    fill(net, state, architecture, len(names))
    try_out(net, grid, architecture, len(names))
    told = {
        "architecture": architecture,
        "labels": names,
        "auxiliary": auxiliary,
        "grid": asdict(grid),
        "activation": activation,
    }
    _write(name, told, net)
    return PREFIX + name


def remove_model(key: str) -> None:
    """Delete an own model. Raises InputError where there is none of that key."""
    spec = spec_for(key)
    with tempfile.TemporaryDirectory(prefix=".", dir=models_folder()) as gone:
        (models_folder() / spec.label).rename(Path(gone) / spec.label)


def labels_in(data: bytes) -> tuple[str, ...]:
    """The class names of a text file, one a line. Raises InputError for what is no text."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputError(
            "The file of class names is no text; one name a line, in UTF-8, is accepted."
        ) from None
    return tuple(line.strip() for line in lines if line.strip())


def _labels(labels: Sequence[str] | int) -> tuple[str, ...]:
    if isinstance(labels, int) and 2 <= labels <= MAX_CLASSES:
        return tuple(f"class {index}" for index in range(labels))
    if not isinstance(labels, (list, tuple)) or not all(isinstance(name, str) and name for name in labels):
        raise InputError(f"labels is {labels!r}; names, or a number from 2 to {MAX_CLASSES:,}, are accepted.")
    if not 2 <= len(labels) <= MAX_CLASSES:
        raise InputError(f"The list of classes has {len(labels):,} names; 2 to {MAX_CLASSES:,} are accepted.")
    label, count = Counter(labels).most_common(1)[0]
    if count > 1:
        raise InputError(f"The class {label!r} is named {count} times; every name once is accepted.")
    return tuple(labels)


def _grid(
    mean: Sequence[float], std: Sequence[float], size: int, resize: int | None, interpolation: str
) -> InputGrid:
    low, high = SIDES
    if not isinstance(size, int) or not low <= size <= high:
        raise InputError(f"size is {size!r}; a whole number from {low} to {high} is accepted.")
    resize = round(size / CROP) if resize is None else resize
    if not isinstance(resize, int) or not size <= resize <= 2 * high:
        raise InputError(f"resize is {resize!r}; a whole number from {size} to {2 * high} is accepted.")
    if interpolation not in ("bilinear", "bicubic"):
        raise InputError(f"interpolation is {interpolation!r}; accepted are bilinear and bicubic.")
    for title, values, least in (("mean", mean, -math.inf), ("std", std, 0.0)):
        if len(values) != 3 or not all(math.isfinite(value) and value > least for value in values):
            sign = " above 0" if title == "std" else ""
            raise InputError(f"{title} is {tuple(values)!r}; three numbers{sign} are accepted.")
    (m0, m1, m2), (s0, s1, s2) = map(float, mean), map(float, std)
    return InputGrid((size, size), resize, interpolation, (m0, m1, m2), (s0, s1, s2))


def architectures() -> tuple[str, ...]:
    """torchvision's classifiers, by name; timm's are accepted too."""
    models = torchvision_zoo.torchvision().models
    return tuple(models.list_models(module=models))


def _check_architecture(name: str) -> None:
    known = architectures()
    if name in known or (isinstance(name, str) and timm_zoo.spec_for(name) is not None):
        return
    every = dict.fromkeys([*known, *timm_zoo.timm().list_models()])
    near = difflib.get_close_matches(str(name), every, n=3, cutoff=0.5) or ["resnet18", "resnet50"]
    raise InputError(f"There is no architecture {name!r}; near it are {', '.join(near)}.")


def _network(architecture: str, classes: int, auxiliary: bool) -> nn.Module:
    if architecture in architectures():
        return torchvision_zoo.network(architecture, classes, trained=False, auxiliary=auxiliary)
    name = architecture.removeprefix(timm_zoo.PREFIX)
    return timm_zoo.timm().create_model(name, pretrained=False, num_classes=classes)


def _description(name: str) -> dict[str, Any]:
    path = models_folder() / name / "model.json"
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"The description {str(path)!r} cannot be read; remove its folder.") from error


def _write(name: str, told: dict[str, Any], net: nn.Module) -> None:
    """Both files into a folder beside the final one, which then takes its name in one step."""
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".", dir=folder) as making:
        made = Path(making) / name
        made.mkdir()
        (made / "model.json").write_text(json.dumps(told, indent=1))
        save_file(
            {key: value.contiguous().clone() for key, value in net.state_dict().items()},
            made / "weights.safetensors",
        )
        try:
            made.rename(folder / name)
        except OSError as error:  # somebody else was quicker
            raise InputError(
                f"There is an own model {name!r} already; give this one another name."
            ) from error
