"""What every unit of chosen layers answers to every picture of a probing set.

    q_k[i] = mean or max over space of A_k(x_i)

A_k is channel k of a layer's output (N, C, h, w), or the map of head k of a block ("blocks.6 heads", see
`network.attention_heads`); the layer "output" is the classifier's logits, one unit a class. Pictures are
streamed in batches, all layers share one forward pass, and only q (pictures x units) stays in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

import numpy as np
import torch

from ..network.batches import Progress, batch_size, run_batches
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, IsCancelled, OnProgress
from . import store
from .layers import OUTPUT, activations, checked_layers, unit_layer, units

T = TypeVar("T")
POOLINGS = ("mean", "max")


class Taker(Protocol):
    """Something that is shown a probing set batch by batch and then has a result.

    `name` is all that the result depends on besides the pictures, as plain values."""

    @property
    def name(self) -> Sequence[object]: ...

    def take(self, images: list[ImageInput]) -> None:
        """The next batch."""

    def arrays(self) -> dict[str, np.ndarray]:
        """The result, after the last batch."""


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
        self.name = ("activations", handle.identity, list(self.layers), pooling)
        self._sizes = {key: units(handle, key) for key in self.layers}
        self._rows: list[np.ndarray] = []

    def take(self, images: list[ImageInput]) -> None:
        """The next batch."""
        rows = in_batches(self.handle, images, self.layers, self._pooled)
        self._rows.append(rows.float().cpu().numpy())

    def arrays(self) -> dict[str, np.ndarray]:
        """q by layer."""
        ends = np.cumsum(list(self._sizes.values()))[:-1]
        parts = np.split(np.concatenate(self._rows), ends, axis=1)
        return {key: np.ascontiguousarray(part) for key, part in zip(self._sizes, parts, strict=True)}

    def _pooled(self, logits: torch.Tensor, maps: Mapping[str, torch.Tensor]) -> torch.Tensor:
        def pool(values: torch.Tensor) -> torch.Tensor:
            return values.mean((2, 3)) if self.pooling == "mean" else values.amax((2, 3))

        return torch.cat([logits if k == OUTPUT else pool(maps[k]) for k in self.layers], 1)


def record(
    handle: ModelHandle,
    images: Iterable[ImageInput],
    layers: Sequence[str],
    pooling: str = "mean",
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Activations:
    """q of `layers` (module paths, "blocks.6 heads", or "output") over `images`, from disk where it was
    recorded before.

    Raises InputError for an unknown layer or pooling, or an empty set. A set that can be walked over only
    once (a generator) is recorded, but neither looked up nor kept."""
    recorder = Recorder(handle, layers, pooling)
    work = Progress(progress, cancelled, length(images))
    (values,), names = shown(images, [recorder], batch_size(handle.device), work)
    return Activations(values, names, pooling)


def shown(
    images: Iterable[ImageInput], takers: Sequence[Taker], size: int, progress: Progress
) -> tuple[list[dict[str, np.ndarray]], tuple[str, ...]]:
    """The results of all takers after one walk over the set, and the pictures' sha256s.

    Results are kept on disk, and takers whose result lies there are not asked. Nothing is looked up or kept
    for a set that can be walked over only once. Raises InputError for an empty set."""
    progress.check()
    known = digests(images, progress)
    if known is None:
        seen = stream(images, takers, size, progress)
        return [taker.arrays() for taker in takers], seen
    names = [store.digest(*taker.name, known) for taker in takers]
    found = [store.read("units", name) for name in names]
    waiting = [taker for taker, arrays in zip(takers, found, strict=True) if arrays is None]
    if waiting:
        stream(images, waiting, size, progress)
    results = []
    for taker, name, arrays in zip(takers, names, found, strict=True):
        if arrays is None:
            arrays = taker.arrays()
            store.write("units", name, arrays)
        results.append(arrays)
    return results, known


def stream(
    images: Iterable[ImageInput], takers: Sequence[Taker], size: int, progress: Progress
) -> tuple[str, ...]:
    """Show every batch to every taker; the sha256s. At no time is more than one batch in memory."""
    seen: list[str] = []
    for batch in batches_of(images, size):
        progress.check()
        for taker in takers:
            taker.take(batch)
        seen += [image.sha256 for image in batch]
        progress.advance(len(batch))
        batch.clear()
    if not seen:
        raise InputError("The probing set holds no picture; at least one is needed.")
    return tuple(seen)


def in_batches(
    handle: ModelHandle,
    images: Sequence[ImageInput],
    layers: Sequence[str],
    use: Callable[[torch.Tensor, Mapping[str, torch.Tensor]], torch.Tensor],
) -> torch.Tensor:
    """`use(logits, activations of the layers)` over the pictures, in smaller pieces when a GPU is full."""
    wanted = [unit_layer(handle, key) for key in layers if key != OUTPUT]
    with handle.session() as net, torch.no_grad():

        def work(start: int, stop: int) -> torch.Tensor:
            x = torch.cat([handle.preprocess(image) for image in images[start:stop]])
            return use(*activations(handle, net, x, wanted))

        return run_batches(work, len(images), handle.device, Progress())


def digests(images: Iterable[ImageInput], progress: Progress) -> tuple[str, ...] | None:
    """The sha256s of a set that can be walked over again; None for one that cannot."""
    if iter(images) is images:
        return None
    own = getattr(images, "digests", None)
    if own is not None:
        return own(progress.check)
    found = []
    for image in images:
        progress.check()
        found.append(image.sha256)
    return tuple(found)


def length(images: Iterable[ImageInput]) -> int:
    """How many pictures, 0 where nobody knows beforehand."""
    return len(images) if isinstance(images, Sized) else 0


def batches_of(images: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`, in order."""
    walker = iter(images)
    while batch := list(islice(walker, size)):
        yield batch
