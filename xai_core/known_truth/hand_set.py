"""What the hand-set cases are made of: pictures of coloured squares, and small networks that read them.

A picture has ROWS x COLUMNS cells of SIDE x SIDE pixels, which are the regions. A lit cell holds a square of
one colour and a dark margin; every other cell is black, which is the baseline. The first layer of each
network gives the mean of a colour over each cell, scaled so that a fully lit square gives 1, so that all
weights behind it can be read as plain numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..inputs.views import InputGrid
from ..models.layers import read_layers
from ..network.handle import ModelHandle
from ..types import ImageInput

ROWS, COLUMNS, SIDE, MARGIN = 3, 4, 16, 2
LABELS = ("evidence", "against it")
GRID = InputGrid((ROWS * SIDE, COLUMNS * SIDE), ROWS * SIDE, "bilinear", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
RED, GREEN, BLUE = np.eye(3)
Cell = tuple[int, int]  # row, column


@dataclass(frozen=True)
class HandSet:
    """What a handle needs of a registry entry."""

    key: str
    architecture: str = "hand-set"


def squares(lit: Mapping[Cell, np.ndarray], name: str) -> ImageInput:
    """A picture in which these cells hold a square of that colour (RGB in 0..1)."""
    pixels = np.zeros((ROWS * SIDE, COLUMNS * SIDE, 3), np.uint8)
    for (row, column), colour in lit.items():
        top, left = row * SIDE, column * SIDE
        square = pixels[top + MARGIN : top + SIDE - MARGIN, left + MARGIN : left + SIDE - MARGIN]
        square[:] = np.rint(255 * colour)
    return ImageInput(pixels, "squash", name)


class Pooled(nn.Module):
    """Colours of each cell, ReLU, mean over all cells, linear: the form that class activation maps assume.

        logit_k = sum_c head_kc  sum_ij ReLU(sum_rgb colours_c . x_ij)

    `colours` (C, 3) and `head` (C,) are the weights of class 0; class 1 has the negated head."""

    def __init__(self, colours: Sequence[np.ndarray], head: Sequence[float]):
        super().__init__()
        self.cells = nn.Sequential(_cells(colours), nn.ReLU())
        self.head = _linear(ROWS * COLUMNS * np.array([head]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3, H, W) -> (N, 2) logits."""
        return self.head(self.cells(x).mean((2, 3)))


class Placed(nn.Module):
    """Colours of each cell, ReLU, then units that read single cells: what a cell does depends on its place.

        logit = sum_u head_u u,     u = ReLU(sum weight . cell + bias)

    Each of `units` is a mapping from (colour, row, column) to a weight, and a bias; `head` weighs the units
    for class 0, and class 1 has the negated head. Without `head` there is one unit and no ReLU anywhere: the
    network is linear."""

    def __init__(
        self,
        colours: Sequence[np.ndarray],
        units: Sequence[tuple[Mapping[tuple[int, int, int], float], float]],
        head: Sequence[float] | None = None,
    ):
        super().__init__()
        weights = np.zeros((len(units), len(colours), ROWS, COLUMNS))
        for row, (read, _) in zip(weights, units, strict=True):
            for place, weight in read.items():
                row[place] = weight
        flat = weights.reshape(len(units), -1)
        if head is None:
            self.cells = nn.Sequential(_cells(colours))
            self.units = nn.Sequential()
            self.head = _linear(flat)
            return
        self.cells = nn.Sequential(_cells(colours), nn.ReLU())
        first = nn.Linear(flat.shape[1], len(units))
        _set(first.weight, flat)
        _set(first.bias, np.array([bias for _, bias in units]))
        self.units = nn.Sequential(first, nn.ReLU())
        self.head = _linear(np.array([head]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3, H, W) -> (N, 2) logits."""
        return self.head(self.units(self.cells(x).flatten(1)))


def handle_of(key: str, net: nn.Module) -> ModelHandle:
    """A handle to a hand-set network, with its layers, on the CPU."""
    made = ModelHandle(HandSet(key), net, LABELS, GRID, torch.device("cpu"), torch.float32)
    with made.session() as own:
        found = read_layers(own, made.blank())
    made.layers, made.refused, made.traits = found.layers, found.refused, found.traits
    return made


def _cells(colours: Sequence[np.ndarray]) -> nn.Conv2d:
    """The mean over each cell of each weighing of RGB; 1 for a fully lit square of weight 1."""
    layer = nn.Conv2d(3, len(colours), SIDE, SIDE, bias=False)
    inside = (SIDE - 2 * MARGIN) ** 2
    _set(layer.weight, np.broadcast_to(np.stack(colours)[:, :, None, None] / inside, layer.weight.shape))
    return layer


def _linear(weights: np.ndarray) -> nn.Linear:
    """The two logits: `weights` (1, C) for class 0, and their negative for class 1."""
    layer = nn.Linear(weights.shape[1], 2)
    _set(layer.weight, np.concatenate([weights, -weights]))
    _set(layer.bias, np.zeros(2))
    return layer


def _set(parameter: torch.Tensor, values: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.array(values)))
