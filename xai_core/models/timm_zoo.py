"""Any classifier of timm, by name: "timm/convnext_tiny.fb_in1k" or just "convnext_tiny.fb_in1k"."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

from ..inputs.views import InputGrid
from ..types import InputError
from .checkpoints import reading
from .spec import Built, ModelSpec, WeightsFile
from .torchvision_zoo import imagenet_labels, torchvision

PREFIX = "timm/"
HUB_FILES = ("model.safetensors", "pytorch_model.bin")


def timm() -> ModuleType:
    """The timm package (it imports torchvision, which must be made importable first)."""
    torchvision()
    import timm

    return timm


def spec_for(key: str) -> ModelSpec | None:
    """A ModelSpec for a timm name, with or without the prefix, or None if timm does not know it."""
    name = key.removeprefix(PREFIX)
    if not timm().is_model(name):
        return None
    return ModelSpec(PREFIX + name, name, "timm", name, about="From timm.")


def _config(spec: ModelSpec) -> Any:
    config = timm().get_pretrained_cfg(spec.architecture)
    if config is None or not config.has_weights:
        raise InputError(f"timm has no trained weights for {spec.architecture!r}.")
    return config


def weights_file(spec: ModelSpec) -> WeightsFile:
    """The hub's file, looked for in the hub's own cache; by hand it is put down as NAME.safetensors."""
    config = _config(spec)
    name = f"{config.architecture}.{config.tag}" if config.tag else config.architecture

    def local() -> Path | None:
        from huggingface_hub import try_to_load_from_cache

        found = (try_to_load_from_cache(config.hf_hub_id, file) for file in HUB_FILES if config.hf_hub_id)
        return next((Path(path) for path in found if isinstance(path, str)), None)

    if config.hf_hub_id:
        from huggingface_hub import hf_hub_url

        return WeightsFile(f"{name}.safetensors", hf_hub_url(config.hf_hub_id, HUB_FILES[0]), local=local)
    return WeightsFile(config.url.rsplit("/", 1)[-1], config.url, local=local)


def build(spec: ModelSpec, weights: Path | None) -> Built:
    """The network with timm's own input size, crop, interpolation and normalisation."""
    library = timm()
    config = _config(spec) if weights else library.get_pretrained_cfg(spec.architecture)
    options = {"pretrained_cfg_overlay": {"file": str(weights), "source": "timm"}} if weights else {}
    with reading(weights, spec.key) if weights else nullcontext():
        net = library.create_model(spec.architecture, pretrained=weights is not None, **options)
    if not net.num_classes:
        raise InputError(f"{spec.architecture!r} of timm is no classifier: it ends without classes.")
    data = library.data.resolve_model_data_config(net)
    height, width = data["input_size"][1:]
    grid = InputGrid(
        (height, width),
        int(min(height, width) / data["crop_pct"]),
        data["interpolation"] if data["interpolation"] in ("bilinear", "bicubic") else "bicubic",
        tuple(data["mean"]),
        tuple(data["std"]),
    )
    return Built(net, _labels(net.num_classes, config), grid)


def _labels(count: int, config: Any) -> tuple[str, ...]:
    if count == 1000:
        return imagenet_labels()
    if config is not None and config.label_names:
        return tuple(config.label_names)
    return tuple(f"class {index}" for index in range(count))
