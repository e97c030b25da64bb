"""Where a unit answers: its map over single pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from ..network.handle import ModelHandle
from ..types import ImageInput, InputError
from .evidence import checked_units
from .record import OUTPUT, in_batches


def unit_maps(handle: ModelHandle, images: Sequence[ImageInput], layer: str, unit: int) -> np.ndarray:
    """A_unit(x, y) of a layer for each picture: float32 (N, h, w). Raises InputError for an unknown layer or
    unit, and for "output", which has no place in the picture."""
    if layer == OUTPUT:
        raise InputError(f"Layer {OUTPUT!r} has no place in the picture; a layer with a map is accepted.")
    (chosen,), key = checked_units(handle, layer, [unit]), handle.layer(layer).key

    def use(_logits: torch.Tensor, maps: Mapping[str, torch.Tensor]) -> torch.Tensor:
        return maps[key][:, chosen].float()

    return in_batches(handle, images, [key], use).cpu().numpy()
