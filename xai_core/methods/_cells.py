"""A grid of equal cells over the picture, for methods that hide the picture cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..types import InputError, LayerSpec
from ._spec import Check


def cell_labels(side: int, size: tuple[int, int], device: torch.device) -> torch.Tensor:
    """int64 (H, W): in which of side x side cells the middle of each pixel lies, numbered row by row. Masks
    made of it are those that are enlarged to the nearest cell."""
    down, across = ((2 * torch.arange(length) + 1) * side // (2 * length) for length in size)
    return (down[:, None] * side + across[None, :]).to(device)


def fits(key: str) -> Check:
    """A check of parameters: method `key` has no more cells along a side than the input has pixels."""

    def check(params: Mapping[str, Any], _layers: Sequence[LayerSpec], size: tuple[int, int]) -> None:
        if params["grid"] > min(size):
            raise InputError(
                f"grid of {key} is {params['grid']}; an input of {size[0]} x {size[1]} pixels accepts "
                f"at most {min(size)}."
            )

    return check
