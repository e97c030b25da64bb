"""TCAV of a network: concepts against random pictures, for one class, in one layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..network.batches import Progress, batch_size, run_batches
from ..network.handle import ModelHandle
from ..network.scores import Score
from ..types import ImageInput, InputError, IsCancelled, LayerSpec, OnProgress
from .activation_vectors import ConceptScore, Space, score_concepts

SETS, RUNS = 40, 10
SAME = 1e-6  # relative difference of gradients, below which they are the same in all pictures


@dataclass(frozen=True)
class Tcav:
    """Concepts in the order given; `control` are the scores of random sets treated as concepts. `same_slope`:
    the gradient is the same in every picture, as in the last layer before a linear head, so that every run
    scores 0 or 1."""

    layer: str
    target: int
    concepts: tuple[ConceptScore, ...]
    control: tuple[float, ...]
    pictures: int
    same_slope: bool


def tcav(
    handle: ModelHandle,
    images: Sequence[ImageInput],
    concepts: Mapping[str, Sequence[ImageInput]],
    random: Sequence[ImageInput],
    target: int,
    layer: str | None = None,
    sets: int = SETS,
    runs: int = RUNS,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Tcav:
    """The TCAV score of each concept (pictures by its name) for class `target` over `images`, in `layer`
    (None: the last but one of those suggested), beside random sets of the pictures `random`. Activations are
    flattened, as in the paper. Raises InputError for a set that is empty or too small, concepts of different
    sizes, and an unknown layer or class."""
    handle.check_target(target)
    spec = handle.layer(layer if layer is not None else default_layer(handle))
    if not len(images) or not concepts:
        raise InputError(
            f"{len(images)} pictures and {len(concepts)} concepts were given; at least 1 each is needed."
        )
    shown = [picture for own in concepts.values() for picture in own] + list(random)
    work = Progress(progress, cancelled, len(images) + len(shown))
    gradients = _gradients(handle, images, spec, target, work)
    space = Space.of(_activations(handle, shown, spec, work), gradients)
    places, start = {}, 0
    for name, own in concepts.items():
        places[name] = range(start, start + len(own))
        start += len(own)
    found = score_concepts(space, places, range(start, len(shown)), sets, runs, seed)
    apart = np.abs(gradients - gradients[0]).max()
    same = len(images) > 1 and bool(apart <= SAME * np.abs(gradients).max())
    return Tcav(spec.key, target, found.concepts, found.control, len(images), same)


def default_layer(handle: ModelHandle) -> str:
    """The last but one of the suggested layers, or the only one: behind the last one a linear head follows in
    many networks."""
    suggested = [layer.key for layer in handle.layers if layer.suggested]
    return suggested[-2] if len(suggested) > 1 else handle.layer(None).key


def _activations(
    handle: ModelHandle, images: Sequence[ImageInput], spec: LayerSpec, work: Progress
) -> np.ndarray:
    """float32 (N, C h w)."""

    def run(start: int, stop: int) -> torch.Tensor:
        with handle.session(), torch.no_grad():
            x = torch.cat([handle.preprocess(image) for image in images[start:stop]])
            return handle.capture(x, [spec]).activations[spec.key].flatten(1).float().cpu()

    return run_batches(run, len(images), handle.device, work).numpy()


def _gradients(
    handle: ModelHandle, images: Sequence[ImageInput], spec: LayerSpec, target: int, work: Progress
) -> np.ndarray:
    """float32 (N, C h w): d logit / d activation."""

    def run(start: int, stop: int) -> torch.Tensor:
        with handle.session():
            x = torch.cat([handle.preprocess(image) for image in images[start:stop]])
            found = handle.capture(x, [spec], {spec.key})
            return found.gradients(Score((target,)))[spec.key].flatten(1).float().cpu()

    size = batch_size(handle.device, gradient=True)
    return run_batches(run, len(images), handle.device, work, size).numpy()
