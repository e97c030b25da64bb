"""Rows over the tokens of a block: cut into the windows of its attention (Swin), put back, and as a map.

A row (N, T) holds one number for each token of each of N pictures. Attention in windows is a matrix for each
window; a row is cut into the same windows, and what comes out is put back to its tokens."""

from __future__ import annotations

import torch

from .attention_sites import Site


def in_windows(row: torch.Tensor, site: Site) -> torch.Tensor:
    """A row (N, T) as the site's matrices see it: itself, or (N windows, T of a window), 0 at padding."""
    if site.windows is None:
        return row
    cut = row[:, site.windows.clamp(min=0)] * (site.windows >= 0)
    return cut.flatten(0, 1)


def on_grid(values: torch.Tensor, site: Site) -> torch.Tensor:
    """The way back of `in_windows`: (N, T). What windows hold at padding is dropped."""
    if site.windows is None:
        return values
    values = values.unflatten(0, (-1, len(site.windows))).flatten(1)  # (N, all places of all windows)
    places = site.windows.flatten()
    held = places >= 0
    row = values.new_zeros(len(values), site.tokens)
    return row.index_copy(1, places[held], values[:, held])


def patches_of(row: torch.Tensor, site: Site) -> torch.Tensor:
    """The map (N, h, w) of a row (N, T): without the tokens in front."""
    return row[:, site.prefix :].unflatten(1, site.block.size)
