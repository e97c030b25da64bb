"""What every unit of chosen layers answers to every picture of a probing set.

    q_k[i] = mean or max over space of A_k(x_i)

A_k is channel k of a layer's output (N, C, h, w); the layer "output" is the classifier's logits, one unit a
class. Pictures are streamed in batches, all layers share one forward pass, and only q (pictures x units)
stays in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
import torch

from ..batches import Watch, batch_size, run_batches
from ..hooks import capture
from ..session import ModelHandle
from ..types import ImageInput, InputError
from . import store

OUTPUT = "output"
POOLINGS = ("mean", "max")
Progress = Callable[[int, int], None]


class Taker(Protocol):
    """Something that is shown a probing set batch by batch."""

    def take(self, images: list[ImageInput]) -> None:
        """The next batch."""


@dataclass(frozen=True, eq=False)
class Activations:
    """`values[layer]` is float32 (pictures, units), rows in the order of `images`, the pictures' sha256s."""

    values: Mapping[str, np.ndarray]
    images: tuple[str, ...]
    pooling: str

    def top(self, layer: str, count: int = 9) -> np.ndarray:
        """The `count` pictures that each unit answers most to, best first: int (units, count), ties by
        order."""
        return np.argsort(-self.values[layer], axis=0, kind="stable")[:count].T


class Recorder:
    """Takes a set batch by batch and keeps q for each layer."""

    def __init__(self, handle: ModelHandle, layers: Sequence[str], pooling: str = "mean"):
        self.handle, self.layers, self.pooling = handle, checked_layers(handle, layers), pooling
        if pooling not in POOLINGS:
            raise InputError(f"pooling is {pooling!r}; accepted are {', '.join(POOLINGS)}.")
        self._sizes = {key: units(handle, key) for key in self.layers}
        self._rows: list[np.ndarray] = []
        self._images: list[str] = []

    def take(self, images: list[ImageInput]) -> None:
        """The next batch."""
        self._rows.append(in_batches(self.handle, images, self.layers, self._pooled).float().cpu().numpy())
        self._images += [image.sha256 for image in images]

    def result(self) -> Activations:
        """Everything so far."""
        joined = np.concatenate(self._rows) if self._rows else np.zeros((0, sum(self._sizes.values())))
        ends = np.cumsum(list(self._sizes.values()))[:-1]
        parts = [np.ascontiguousarray(part, np.float32) for part in np.split(joined, ends, axis=1)]
        return Activations(dict(zip(self._sizes, parts, strict=True)), tuple(self._images), self.pooling)

    def _pooled(self, logits: torch.Tensor, maps: Mapping[str, torch.Tensor]) -> torch.Tensor:
        pool = {"mean": torch.mean, "max": torch.amax}[self.pooling]
        return torch.cat([logits if k == OUTPUT else pool(maps[k], (2, 3)) for k in self.layers], 1)


def record(
    handle: ModelHandle,
    images: Iterable[ImageInput],
    layers: Sequence[str],
    pooling: str = "mean",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Activations:
    """q of `layers` (module paths, or "output") over `images`, from disk where it was recorded before.

    Raises InputError for an unknown layer or pooling, or an empty set. A set that can be walked over only
    once (a generator) is recorded, but neither looked up nor kept."""
    watch = Watch(progress, cancelled, length(images))
    recorder = Recorder(handle, layers, pooling)
    known = digests(images, watch)
    if known is None:
        stream(images, [recorder], handle, watch)
        return recorder.result()
    name = store.digest(identity(handle), recorder.layers, pooling, known)
    found = store.read("activations", name)
    if found is not None and set(found) == set(recorder.layers):
        return Activations({key: found[key] for key in recorder.layers}, known, pooling)
    stream(images, [recorder], handle, watch)
    made = recorder.result()
    store.write("activations", name, made.values)
    return made


def stream(images: Iterable[ImageInput], takers: Sequence[Taker], handle: ModelHandle, watch: Watch) -> None:
    """Show every batch to every taker. At no time is more than one batch in memory."""
    for batch in _batches(images, batch_size(handle.device)):
        watch.check()
        for taker in takers:
            taker.take(batch)
        watch.advance(len(batch))
        batch.clear()
    if not watch.done:
        raise InputError("The probing set holds no picture; at least one is needed.")


def in_batches(
    handle: ModelHandle,
    images: Sequence[ImageInput],
    layers: Sequence[str],
    use: Callable[[torch.Tensor, Mapping[str, torch.Tensor]], torch.Tensor],
) -> torch.Tensor:
    """`use(logits, activations of the layers)` over the pictures, in smaller pieces when a GPU is full."""
    wanted = [handle.layer(key) for key in layers if key != OUTPUT]
    with handle.session() as net, torch.no_grad():

        def work(start: int, stop: int) -> torch.Tensor:
            x = torch.cat([handle.preprocess(image) for image in images[start:stop]])
            handle.passes += len(x)
            found = capture(net, x, wanted)
            return use(found.logits, found.activations)

        return run_batches(work, len(images), handle.device, Watch())


def digests(images: Iterable[ImageInput], watch: Watch) -> tuple[str, ...] | None:
    """The sha256s of a set that can be walked over again; None for one that cannot."""
    if iter(images) is images:
        return None
    own = getattr(images, "digests", None)
    if own is not None:
        return own(watch.check)
    found = []
    for image in images:
        watch.check()
        found.append(image.sha256)
    return tuple(found)


def length(images: Iterable[ImageInput]) -> int:
    """How many pictures, 0 where nobody knows beforehand."""
    return len(images) if hasattr(images, "__len__") else 0


def identity(handle: ModelHandle) -> list[str]:
    """What makes a network answer as it does: its key, input grid and weights."""
    weights = hashlib.sha256()
    with handle.session() as net:
        for name, value in net.state_dict().items():
            weights.update(name.encode())
            weights.update(value.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return [handle.key, repr(handle.grid), str(handle.dtype), weights.hexdigest()]


def checked_layers(handle: ModelHandle, layers: Sequence[str] | None) -> tuple[str, ...]:
    """Layer keys as the handle writes them, each once; None is the last three suggested ones."""
    if isinstance(layers, str):
        raise InputError(f"layers is {layers!r}; a list of layer keys is accepted.")
    if layers is None:
        found = [layer.key for layer in handle.layers if layer.suggested][-3:]
        return tuple(found) or (OUTPUT,)
    found = [OUTPUT if key == OUTPUT else handle.layer(key).key for key in layers]
    if not found:
        raise InputError('layers is empty; give layer keys, or "output".')
    return tuple(dict.fromkeys(found))


def units(handle: ModelHandle, layer: str) -> int:
    """How many units a layer has."""
    return len(handle.labels) if layer == OUTPUT else handle.layer(layer).channels


def _batches(images: Iterable[ImageInput], size: int) -> Iterator[list[ImageInput]]:
    walker = iter(images)
    while batch := list(islice(walker, size)):
        yield batch
