"""What the registry knows of a model, where its weights are, and what is built from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from ..inputs.views import InputGrid


@dataclass(frozen=True)
class ModelSpec:
    """A classifier of the registry.

    `source` names the entry of SOURCES that builds it, `architecture` its name there, `tag` the set of
    weights (None is the source's default). `about` is one line for a person who chooses.
    `pictures` are those that it was made for: "photographs", "shapes" (drawn), or "" where nobody knows."""

    key: str
    label: str
    source: str
    architecture: str
    tag: str | None = None
    about: str = ""
    pictures: str = "photographs"


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights: its name, where it can be fetched, and where it may already lie.

    `local` looks where only this source knows (a pip package, a hub's cache) and never touches the network.
    `sha256` is the digest or its beginning, checked after a download.
    """

    filename: str
    url: str = ""
    size_mb: float | None = None
    sha256: str = ""
    local: Callable[[], Path | None] = lambda: None
    packaged: bool = False


@dataclass(frozen=True)
class Built:
    """A network with its class names, in order, its input grid, and what turns its logits into
    probabilities."""

    net: nn.Module
    labels: tuple[str, ...]
    grid: InputGrid
    activation: str = "softmax"
