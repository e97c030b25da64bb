"""Network Dissection: where a unit is most active, which masks does it cover?

    IoU(k, c) = sum_x |M_k(x) and L_c(x)| / sum_x |M_k(x) or L_c(x)|,   M_k(x) = A_k(x) upsampled > T_k

T_k is the value that a share 0.005 of unit k's activations over all pictures and places exceeds, exactly. L_c
is the mask of concept c, and the sums run over the pictures on which c is marked: colours on all, textures on
made ones, drawn shapes on drawn ones, the concepts of a folder on the folder's. A unit is named for its best
concept, and counts as interpretable from an IoU of 0.04 on, as in the paper. Masks are compared on a grid of
a quarter of the input (56 x 56 for 224 x 224 pixels), where a cell belongs to a concept if half of it does.

The set is walked over twice. Besides counts, only the top 0.5 % of each unit's activations stay in memory.

Bau, Zhou, Khosla, Oliva and Torralba, Network Dissection: Quantifying Interpretability of Deep Visual
Representations, CVPR 2017."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from ..network.batches import Progress, batch_size
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError
from . import store
from .colours import colour_masks
from .layers import OUTPUT, unit_layer
from .masks import Domain, chosen
from .record import batches_of, digests, in_batches
from .table import UnitTable, rows_of, unit_table
from .textures import Masked

BACKEND = "network_dissection"
SHARE = 0.005
THRESHOLD = 0.04
SIDE = 56


def network_dissection(
    handle: ModelHandle,
    images: Iterable[ImageInput],
    layers: Sequence[str],
    concepts: Sequence[str] | str | Path | None = None,
    progress: Progress | None = None,
) -> UnitTable:
    """The table of `dissect`; `similarity` is the IoU. `concepts` are names of colours, textures and drawn
    shapes, a folder of masks to be used beside all colours and textures, or None for these alone. Raises
    InputError."""
    if OUTPUT in layers:
        raise InputError(f"Layer {OUTPUT!r} has no place in the picture; {BACKEND} needs layers with a map.")
    domains, progress = chosen(concepts), progress or Progress()
    known = digests(images, progress)
    if known is None:
        raise InputError(f"The set can be walked over only once; {BACKEND} needs a list or a ProbingSet.")
    name = store.digest(
        BACKEND, handle.identity, list(layers), known, [[d.concepts, d.name] for d in domains]
    )
    found = store.read("units", name)
    if found is None:
        found = _ious(handle, images, layers, domains, len(known), progress)
        store.write("units", name, found)
    kinds = {word: domain.category(word) for domain in domains for word in domain.concepts}
    words = list(kinds)
    tables = [rows_of(key, found[key], words, lambda w: kinds.get(w, ""), BACKEND) for key in layers]
    return unit_table(tables, dict.fromkeys(layers, THRESHOLD), "iou")


class Quantiles:
    """The activation of each unit that a share of `total` pictures' activations exceeds."""

    def __init__(self, handle: ModelHandle, layers: Sequence[str], total: int, share: float = SHARE):
        self.handle, self.layers = handle, tuple(layers)
        sizes = {key: np.prod(unit_layer(handle, key).size) for key in layers}
        self._kept = {key: int(share * total * sizes[key]) + 1 for key in layers}
        self._top: dict[str, torch.Tensor] = {}

    def take(self, images: list[ImageInput]) -> None:
        """The next batch."""
        in_batches(self.handle, images, self.layers, self._keep)

    def thresholds(self) -> dict[str, torch.Tensor]:
        """T by layer, (units,)."""
        return {key: self._top[key].amin(1) for key in self.layers}

    def _keep(self, logits: torch.Tensor, maps: Mapping[str, torch.Tensor]) -> torch.Tensor:
        for key in self.layers:
            values = maps[key].transpose(0, 1).flatten(1)
            if key in self._top:
                values = torch.cat([self._top[key], values], 1)
            self._top[key] = values.topk(min(self._kept[key], values.shape[1]), 1).values
        return logits[:, :0]


def _ious(
    handle: ModelHandle,
    images: Iterable[ImageInput],
    layers: Sequence[str],
    domains: Sequence[Domain],
    count: int,
    progress: Progress,
) -> dict[str, np.ndarray]:
    """(units, concepts) by layer; NaN for a unit that is nowhere above its threshold."""
    made = sum(len(domain.loaders or ()) for domain in domains)
    progress.total = 2 * (count + made)
    quantiles = Quantiles(handle, layers, count + made)
    for batch in batches_of(_walk(images, domains), batch_size(handle.device)):
        progress.check()
        quantiles.take([masked.image for _, masked in batch])
        progress.advance(len(batch))
    counts = _Counts(handle, layers, domains, quantiles.thresholds())
    for batch in batches_of(_walk(images, domains), batch_size(handle.device)):
        progress.check()
        counts.take(batch)
        progress.advance(len(batch))
    return counts.ious()


def _walk(images: Iterable[ImageInput], domains: Sequence[Domain]) -> Iterator[tuple[int, Masked]]:
    """Every picture with the number of the domain that made it; -1 for those of the set."""
    for image in images:
        yield -1, Masked(image, {})
    for number, domain in enumerate(domains):
        for load in domain.loaders or ():
            yield number, load()


class _Counts:
    """Cells where a unit is active, where a concept is, and where both are."""

    def __init__(
        self,
        handle: ModelHandle,
        layers: Sequence[str],
        domains: Sequence[Domain],
        thresholds: Mapping[str, torch.Tensor],
    ):
        self.handle, self.layers, self.domains = handle, tuple(layers), domains
        self.thresholds = thresholds
        height, width = (min(n, max(SIDE, n // 4)) for n in handle.input_size)
        self.cells = height, width
        self._truth = [np.zeros(len(d.concepts)) for d in domains]
        self._active = {k: [np.zeros(len(t)) for _ in domains] for k, t in thresholds.items()}
        self._both = {
            k: [np.zeros((len(t), len(d.concepts))) for d in domains] for k, t in thresholds.items()
        }

    def take(self, batch: list[tuple[int, Masked]]) -> None:
        """The next batch."""
        active = self._masks_of_units([masked.image for _, masked in batch])
        for place, (home, masked) in enumerate(batch):
            for number, domain in enumerate(self.domains):
                if domain.loaders is not None and number != home:
                    continue
                labels = self._labels(masked, domain)
                self._truth[number] += labels.sum(1).numpy()
                for key in self.layers:
                    units = active[key][place].flatten(1).float().cpu()
                    self._active[key][number] += units.sum(1).numpy()
                    self._both[key][number] += (units @ labels.T).numpy()

    def ious(self) -> dict[str, np.ndarray]:
        """(units, concepts) by layer."""
        found = {}
        for key in self.layers:
            parts = []
            for both, active, truth in zip(self._both[key], self._active[key], self._truth, strict=True):
                either = active[:, None] + truth - both
                parts.append(both / np.maximum(either, 1))
            found[key] = np.concatenate(parts, 1)
            found[key][sum(self._active[key]) == 0] = np.nan
        return found

    def _masks_of_units(self, images: list[ImageInput]) -> dict[str, torch.Tensor]:
        pieces: dict[str, list[torch.Tensor]] = {key: [] for key in self.layers}

        def keep(logits: torch.Tensor, maps: Mapping[str, torch.Tensor]) -> torch.Tensor:
            for key in self.layers:
                fine = functional.interpolate(maps[key], self.cells, mode="bilinear", align_corners=False)
                pieces[key].append(fine > self.thresholds[key][:, None, None])
            return logits[:, :0]

        in_batches(self.handle, images, self.layers, keep)
        return {key: torch.cat(found) for key, found in pieces.items()}

    def _labels(self, masked: Masked, domain: Domain) -> torch.Tensor:
        """float32 (concepts, cells), 0 or 1."""
        if domain.loaders is None:
            found = colour_masks(self.handle.view(masked.image))
        else:
            found = {
                name: self.handle.view(_picture(mask, masked.image.fit))[..., 0] > 127
                for name, mask in masked.masks.items()
            }
        empty = np.zeros(self.handle.input_size, bool)
        stack = np.stack([found.get(name, empty) for name in domain.concepts])
        shares = functional.adaptive_avg_pool2d(torch.from_numpy(stack).float(), self.cells)
        return (shares >= 0.5).float().flatten(1)


def _picture(mask: np.ndarray, fit: str) -> ImageInput:
    return ImageInput(np.repeat(mask[..., None], 3, 2).astype(np.uint8) * 255, fit)
