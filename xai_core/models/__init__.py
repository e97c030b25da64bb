"""The registry of classifiers, and `load_model`.

A new source of models is one module with `weights_file` and `build`, and one line in SOURCES.
"""

from __future__ import annotations

import difflib
from types import ModuleType

import torch

from ..network.handle import ModelHandle
from ..types import InputError, OnProgress
from . import chest, cifar, embedded, own, places, prompts, shapes, timm_zoo, torchvision_zoo
from .layers import read_layers
from .needs import weights_mb as _weights_mb
from .own import add_model, remove_model
from .own_store import PREFIX as OWN
from .own_store import is_secret, keeps, new_keeper, own_models
from .prompts import add_prompts, prompt_models, remove_prompts
from .spec import Built, ModelSpec, WeightsFile
from .torchvision_table import TORCHVISION
from .weights import check_of, fetch_weights, find_weights, weights_folder

__all__ = [
    "MODELS",
    "SOURCES",
    "Built",
    "ModelSpec",
    "add_model",
    "add_prompts",
    "find_model",
    "is_secret",
    "keeps",
    "load_model",
    "new_keeper",
    "on_this_machine",
    "own_models",
    "prompt_models",
    "remove_model",
    "remove_prompts",
    "weights_check",
    "weights_folder",
    "weights_mb",
]

SOURCES: dict[str, ModuleType] = {
    "embedded": embedded,
    "torchvision": torchvision_zoo,
    "cifar": cifar,
    "places": places,
    "chest": chest,
    "shapes": shapes,
    "own": own,
    "prompts": prompts,
    "timm": timm_zoo,
}

_ENTRIES: tuple[ModelSpec, ...] = (
    ModelSpec(
        "efficientnet_lite0",
        "EfficientNet-Lite0",
        "embedded",
        "tf_efficientnet_lite0",
        about="Small and always here.",
    ),
    ModelSpec(
        "efficientnet_lite1",
        "EfficientNet-Lite1",
        "embedded",
        "tf_efficientnet_lite1",
        about="Small and always here.",
    ),
    ModelSpec(
        "efficientnet_lite2",
        "EfficientNet-Lite2",
        "embedded",
        "tf_efficientnet_lite2",
        about="The best of the three.",
    ),
    *TORCHVISION,
    ModelSpec("resnet20_cifar10", "ResNet-20, CIFAR-10", "cifar", "resnet20", about="Ten classes, 32 x 32."),
    ModelSpec("resnet56_cifar10", "ResNet-56, CIFAR-10", "cifar", "resnet56", about="Ten classes, 32 x 32."),
    ModelSpec("resnet18_places365", "ResNet-18, Places365", "places", "resnet18", about="365 scenes."),
    ModelSpec("resnet18_cifar10", "ResNet-18, CIFAR-10", "cifar", "resnet18", about="Ten classes, 32 x 32."),
    ModelSpec(
        "densenet121_chestxray14",
        "DenseNet-121, chest X-rays",
        "chest",
        "densenet121",
        about="Fourteen findings, each there or not.",
    ),
    ModelSpec(
        "tiny_vit_shapes",
        "Tiny ViT, drawn shapes",
        "shapes",
        "vit",
        about="A transformer, eight shapes, 64 x 64, always here.",
        pictures="shapes",
    ),
    ModelSpec(
        "tiny_cnn_shapes",
        "Tiny CNN, drawn shapes",
        "shapes",
        "cnn",
        about="Eight shapes, 64 x 64, always here.",
        pictures="shapes",
    ),
)


def _unique(entries: tuple[ModelSpec, ...]) -> dict[str, ModelSpec]:
    table: dict[str, ModelSpec] = {}
    for entry in entries:
        if entry.key in table:
            raise ValueError(f"Two models have the key {entry.key!r}.")
        table[entry.key] = entry
    return table


MODELS: dict[str, ModelSpec] = _unique(_ENTRIES)


def find_model(key: str) -> ModelSpec:
    """The ModelSpec of a key: of the registry, a person's own ("own/NAME"), a list of prompts
    ("prompts/NAME"), or any classifier of timm. Raises
    InputError with the nearest names.
    """
    if key in MODELS:
        return MODELS[key]
    if isinstance(key, str) and key.startswith(OWN):
        return own.spec_for(key)
    if isinstance(key, str) and key.startswith(prompts.PREFIX):
        return prompts.spec_for(key)
    found = timm_zoo.spec_for(key) if isinstance(key, str) else None
    if found is None:
        near = difflib.get_close_matches(str(key), MODELS, n=3, cutoff=0.4) or list(MODELS)[:3]
        raise InputError(
            f"There is no model {key!r}; near it are {', '.join(near)}; any timm name works too."
        )
    return found


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The file that holds the model's weights; no network."""
    return SOURCES[spec.source].weights_file(spec)


def weights_check(key: str) -> str:
    """How far the model's file of weights was checked, in a few words: its digest, or that it was not."""
    return check_of(weights_file(find_model(key)))


def weights_mb(key: str) -> float | None:
    """Megabytes of the model's weights (`needs.weights_mb`); None where nobody knows."""
    spec = find_model(key)
    return _weights_mb(spec, weights_file(spec))


def on_this_machine(key: str) -> bool:
    """Whether the model can be loaded without a download."""
    return find_weights(weights_file(find_model(key))) is not None


def load_model(
    key: str,
    device: str = "auto",
    *,
    weights: str = "pretrained",
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
    autocast: torch.dtype | None = None,
    progress: OnProgress | None = None,
) -> ModelHandle:
    """A classifier, ready to be asked.

    `device`: "auto" is CUDA, then MPS, then CPU. `weights`: "pretrained", or "random" (freshly initialised
    from `seed`, for controls and tests). `autocast` torch.bfloat16 (or float16) runs what scores perturbed
    pictures, and what differentiates by them, under autocast: faster on a GPU, not exact, and every map says
    so in its notes. `progress(bytes_done, bytes_total)` is called during a download.
    Raises InputError for an unknown model or device, and WeightsMissing, with file, size and folder, when the
    weights are neither on this machine nor to be had."""
    spec = find_model(key)
    if weights not in ("pretrained", "random"):
        raise InputError(f"weights is {weights!r}; accepted are 'pretrained' and 'random'.")
    if autocast not in (None, torch.bfloat16, torch.float16):
        raise InputError(f"autocast is {autocast!r}; accepted are None, torch.bfloat16 and torch.float16.")
    chosen = _device(device)
    path = fetch_weights(spec, weights_file(spec), progress) if weights == "pretrained" else None
    with torch.random.fork_rng(devices=[]), torch.inference_mode(False):
        torch.manual_seed(seed)
        built = SOURCES[spec.source].build(spec, path)
    handle = ModelHandle(spec, built.net, built.labels, built.grid, chosen, dtype, built.activation, autocast)
    try:
        with handle.session() as net:
            found = read_layers(net, handle.blank())
    except (RuntimeError, AssertionError, ValueError) as error:
        if spec.source != "own":
            raise
        height, width = handle.input_size  # a description that was changed by hand
        raise InputError(f"{key} cannot take pictures of {height} x {width} pixels.") from error
    handle.layers, handle.refused, handle.traits = found.layers, found.refused, found.traits
    return handle


def _device(name: str) -> torch.device:
    if name == "auto":
        mps = torch.backends.mps.is_available()
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if mps else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise InputError(
            f"The device {name!r} is not on this machine; accepted are auto, cpu, cuda and mps."
        ) from error
    return device
