"""What a network answers to a picture, and what follows from that in one step."""

from __future__ import annotations

import numpy as np

import xai_core as xai
from xai_core import concepts
from xai_core.arrays import read_only
from xai_core.inputs.superpixels import segment
from xai_core.metrics import fidelity as fidelities

from . import networks
from .memory import Memory, share
from .pictures import view

MEMORY = Memory(share(1))


def classes(model: str, image: xai.ImageInput) -> tuple[xai.ClassScore, ...]:
    """All classes of an image, most probable first."""
    network = networks.handle(model)
    return MEMORY.make(
        ("classes", network.identity, image.sha256),
        lambda: xai.predict(network, image, top=len(network.labels)),
    )


def segments(model: str, image: xai.ImageInput, count: int, kind: str = "slic") -> np.ndarray:
    """Superpixels (H, W) on the model's input grid."""
    grid = networks.handle(model).grid
    return MEMORY.make(
        ("segments", grid, image.sha256, kind, count),
        lambda: read_only(segment(view(model, image, 1), kind, count)),
    )


def without_units(
    model: str, image: xai.ImageInput, request: xai.Request, layer: str, units: tuple[int, ...]
) -> tuple[xai.Explanation, concepts.Ablation]:
    """A map, and the classes before and after, with some units of a layer switched off."""
    network = networks.handle(model)

    def made() -> tuple[xai.Explanation, concepts.Ablation]:
        changed = concepts.without(network, layer, units)
        return xai.explain_many(changed, image, [request])[0], concepts.ablate(network, image, layer, units)

    return MEMORY.make(("without", network.identity, image.sha256, request.keyed(), layer, units), made)


def other_units(
    model: str, image: xai.ImageInput, layer: str, units: tuple[int, ...]
) -> tuple[concepts.Ablation, ...]:
    """The control of `without_units`: as many other units, drawn at random several times."""
    network = networks.handle(model)
    return MEMORY.make(
        ("other units", network.identity, image.sha256, layer, units),
        lambda: concepts.ablate_others(network, image, layer, units),
    )


def never_negative(model: str) -> tuple[str, ...]:
    """The layers whose activations are never negative."""
    network = networks.handle(model)
    return MEMORY.make(("never negative", network.identity), lambda: concepts.never_negative(network))


def ablated(model: str, image: xai.ImageInput, layer: str, units: tuple[int, ...]) -> concepts.Ablation:
    """The classes before and after units of a layer are switched off."""
    network = networks.handle(model)
    return MEMORY.make(
        ("ablated", network.identity, image.sha256, layer, units),
        lambda: concepts.ablate(network, image, layer, units),
    )


def fidelity(
    model: str, image: xai.ImageInput, e: xai.Explanation, threshold: str, percent: float
) -> fidelities.Fidelity:
    """What hiding the highlighted part of a map does."""
    network = networks.handle(model)
    request = xai.Request(e.method, e.target, e.layer, e.params, e.seed)
    return MEMORY.make(
        ("fidelity", network.identity, image.sha256, request, threshold, percent),
        lambda: fidelities.fidelity(network, image, e, threshold, percent),
    )
