"""Where a unit answers: its map over single pictures, and the photographs that its name rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from ..network.handle import ModelHandle
from ..types import ImageInput, InputError
from .layers import OUTPUT, checked_units, unit_layer
from .record import in_batches
from .similarity import few


def unit_maps(handle: ModelHandle, images: Sequence[ImageInput], layer: str, unit: int) -> np.ndarray:
    """A_unit(x, y) of a layer, or the map of a head, for each picture: float32 (N, h, w). Raises InputError
    for an unknown layer or unit, and for "output", which has no place in the picture."""
    if layer == OUTPUT:
        raise InputError(f"Layer {OUTPUT!r} has no place in the picture; a layer with a map is accepted.")
    (chosen,), key = checked_units(handle, layer, [unit]), unit_layer(handle, layer).key

    def use(_logits: torch.Tensor, maps: Mapping[str, torch.Tensor]) -> torch.Tensor:
        return maps[key][:, chosen].float()

    return in_batches(handle, images, [key], use).cpu().numpy()


def rests_on(values: np.ndarray, photographs: Sequence[str]) -> np.ndarray:
    """How many different photographs are among the pictures that each unit answers to most, which name it:
    int (K,) for activations (N, K) and the pictures' photographs (N). 0 for a unit that never changes."""
    numbers = np.unique(np.array(photographs), return_inverse=True)[1]
    top = np.argsort(-values, axis=0, kind="stable")[: few(len(values))]
    found = np.array([len(set(column)) for column in numbers[top].T])
    return np.where(np.ptp(values, axis=0) > 0, found, 0)
