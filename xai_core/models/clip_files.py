"""OpenCLIP, an optional requirement: the package, and where the weights of its models lie."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from ..types import InputError
from .checkpoints import reading
from .spec import WeightsFile

HUB = "https://huggingface.co"
FILE = "open_clip_model.safetensors"


def open_clip() -> ModuleType:
    """The package; raises InputError, which says how to get it, where it is not installed."""
    try:
        import open_clip as library
    except ModuleNotFoundError as error:
        raise InputError(
            "The back end openclip needs the package open-clip-torch: pip install -r requirements-clip.txt."
        ) from error
    return library


def clip_file(architecture: str, tag: str) -> WeightsFile:
    """The file that holds the weights; no network. A tag that open_clip does not know has no address."""
    filename = f"open_clip_{architecture}_{tag}.safetensors"
    hub = open_clip().get_pretrained_cfg(architecture, tag).get("hf_hub", "").strip("/")
    return WeightsFile(filename, f"{HUB}/{hub}/resolve/main/{FILE}" if hub else "")


def check_clip(architecture: str) -> None:
    """Raise InputError for a model that open_clip does not know."""
    if architecture not in open_clip().list_models():
        raise InputError(
            f"OpenCLIP has no model {architecture!r}; open_clip.list_models() names those it has."
        )


def clip_network(architecture: str, tag: str, weights: Path | None, key: str) -> Any:
    """The model with both its encoders, in eval mode; with random weights where there is no file. Raises
    InputError for a file that does not fit."""
    library = open_clip()
    quick = bool(library.get_pretrained_cfg(architecture, tag).get("quick_gelu"))
    net = library.create_model(architecture, pretrained=None, force_quick_gelu=quick).eval()
    if weights is not None:
        with reading(weights, key):
            library.load_checkpoint(net, str(weights), strict=True, weights_only=True)
    return net
