"""A person's own classifiers: an architecture of torchvision or timm, class names, and a file of weights.

    key = add_model("birds", "birds.pth", "resnet18", ["wren", "robin"])    ->    "own/birds"

Each is a folder of `models_folder()` with `model.json` and `weights.safetensors`. It appears there whole, or
not at all: everything is checked, and the network has answered once, before anything is written."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from ..inputs.views import InputGrid
from ..network.scores import ACTIVATIONS
from ..types import InputError
from . import timm_zoo, torchvision_zoo
from .checkpoints import State, load_state
from .fitting import check_numbers, compare, outlined, tensors, try_out
from .own_described import described
from .own_settings import IMAGENET, grid_of, labels_of
from .own_store import (
    PREFIX,
    check_name,
    check_room,
    home_of,
    models_folder,
    own_models,
    remove,
    stored_name,
    taken,
    write,
)
from .sketch import check_operations, check_parameters, sketch
from .spec import Built, ModelSpec, WeightsFile
from .widening import three_channels, two_readings


def spec_for(key: str) -> ModelSpec:
    """Raises InputError for a model that is not on this machine."""
    home = home_of(key)
    if home is None:
        raise InputError(_unknown(key))
    label = key.removeprefix(PREFIX).partition("@")[0]
    return ModelSpec(key, label, "own", described(home).architecture, about="Your own.", pictures="")


def _unknown(key: str) -> str:
    return (
        f"There is no model {key!r} on this machine: a person's own model is known only where it was added "
        f"({', '.join(own_models()) or 'none was'})."
    )


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The file beside the description."""
    home = home_of(spec.key)
    path = home / "weights.safetensors" if home is not None else None
    return WeightsFile(
        "weights.safetensors",
        local=lambda: path if path is not None and path.is_file() else None,
        packaged=True,
    )


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """The network as it was described when it was added."""
    told = described(models_folder() / spec.key.removeprefix(PREFIX))
    _check_architecture(told.architecture)
    net = _network(told.architecture, len(told.labels), told.auxiliary, told.grid.size)
    if weights is not None:
        load_state(net, weights, spec.key)
    return Built(net, told.labels, told.grid, told.activation)


def add_model(
    name: str,
    file: str | Path | bytes,
    architecture: str,
    labels: Sequence[str] | int,
    *,
    mean: Sequence[float] | float = IMAGENET[0],
    std: Sequence[float] | float = IMAGENET[1],
    size: int | tuple[int, int] = 224,
    resize: int | None = None,
    interpolation: str = "bilinear",
    activation: str = "softmax",
    keeper: str | None = None,
) -> str:
    """Keep a classifier on this machine and return its key, "own/" and its name; with a `keeper`'s key, which
    `new_keeper` gives, the model is not listed, and its key ends in 22 characters that nobody can guess.

    `file` holds safetensors, or tensors written by `torch.save`; no code in it is run. `architecture` is a
    classifier of torchvision, else of timm ("timm/resnet18" where both have the name). `labels` are the class
    names in order, or how many there are. Pictures are resized to `resize` (the shorter side, None is that of
    `size` / 0.875) and cut to `size`, one side or height and width; `mean` and `std` belong to RGB in 0..1.
    `activation` is "softmax", or "sigmoid" where each class is right or wrong by itself.

    A network with one input channel is recognised by its file and sees the grey of a picture; its `mean` and
    `std` are one number each. A network with one output, `labels` one name or 1, gets two classes: for, with
    its logit, and against, with minus its logit; its activation is the sigmoid. Raises InputError, with
    nothing left behind, for whatever does not fit. What a file or an architecture costs is found out from
    names and shapes, before either takes memory."""
    check_name(name)
    stored = stored_name(name, keeper)
    if (models_folder() / stored).exists():
        raise InputError(taken(name))
    check_room()
    names, single = labels_of(labels)
    grid = grid_of(mean, std, size, resize, interpolation)
    if activation not in ACTIVATIONS:
        raise InputError(f"activation is {activation!r}; accepted are {', '.join(ACTIVATIONS)}.")
    _check_architecture(architecture)
    given = 1 if single else len(names)
    shapes = outlined(file)
    auxiliary = any(key.startswith(("aux1.", "AuxLogits.")) for key in shapes)
    planned = sketch(lambda: _network(architecture, len(names), auxiliary, grid.size))
    check_parameters(planned, architecture)
    shapes, grey = _widened(shapes, planned, single, grid)
    compare(planned, shapes, architecture, len(names), given)
    check_operations(planned, grid, architecture)
    with torch.random.fork_rng(devices=[]):
        net = _network(architecture, len(names), auxiliary, grid.size)
    numbers = tensors(file)
    check_numbers(numbers)
    net.load_state_dict(_widened(numbers, net, single, grid)[0])
    try_out(net, grid, architecture, len(names), mirrored=single)
    told = {
        "architecture": architecture,
        "labels": names,
        "auxiliary": auxiliary,
        "grid": asdict(grid),
        "activation": "sigmoid" if single else activation,
        "channels": 1 if grey else 3,
    }
    write(stored, told, net.state_dict())
    return PREFIX + stored


def _widened(state: State, net: nn.Module, single: bool, grid: InputGrid) -> tuple[State, bool]:
    """The state with three input channels and, where it had one output, with two; and whether it had one
    channel. Raises InputError for a mean or a deviation that differs between channels which are one."""
    wanted = net.state_dict()
    grey = three_channels(state, wanted)
    if grey is not None and (len(set(grid.mean)) > 1 or len(set(grid.std)) > 1):
        raise InputError(
            "The file's network takes one channel, so mean and std are one number each; they are "
            f"{grid.mean} and {grid.std}."
        )
    found = state if grey is None else grey
    return (two_readings(found, wanted) if single else None) or found, grey is not None


def remove_model(key: str) -> None:
    """Delete an own model. Raises InputError where there is none of that key."""
    home = home_of(key)
    if home is None:
        raise InputError(_unknown(key))
    remove(home)


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


def _network(architecture: str, classes: int, auxiliary: bool, size: tuple[int, int]) -> nn.Module:
    """Of random weights. Networks that are built for one input size, such as ViTs, are built for `size`."""
    if architecture in architectures():
        return torchvision_zoo.network(architecture, classes, trained=False, auxiliary=auxiliary)
    name, library = architecture.removeprefix(timm_zoo.PREFIX), timm_zoo.timm()
    config = library.get_pretrained_cfg(name)
    fixed = config is not None and config.fixed_input_size
    options = {"img_size": size} if fixed and tuple(config.input_size[1:]) != tuple(size) else {}
    return library.create_model(name, pretrained=False, num_classes=classes, **options)
