"""A network made by hand that takes a blue tag for green, and drawn pictures with a tag."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

import xai_core as xai
from xai_core.datasets import Dataset, Example
from xai_core.inputs import shapes
from xai_core.spuriosity.regions import Place

SHAPES = ("disc", "square")
SIZE = (48, 64)
CORNER = Place(10, 0, 4)


@dataclass(frozen=True)
class Planted:
    """The network, its data set, and the names of the tagged pictures."""

    handle: xai.ModelHandle
    dataset: Dataset
    tagged: frozenset[str]


def stamp(pixels: np.ndarray) -> np.ndarray:
    """The picture (H, W, 3) with a tag near its lower left corner: a magenta ring on yellow, a quarter of
    the shorter side."""
    made = pixels.copy()
    height, width = made.shape[:2]
    side = min(height, width) // 4
    y, x = height - side - side // 8, side // 8
    tag = made[y : y + side, x : x + side]
    tag[:] = (255, 220, 0)
    ring, hole = side // 6, side // 3
    tag[ring:-ring, ring:-ring] = (200, 0, 160)
    tag[hole:-hole, hole:-hole] = (255, 220, 0)
    return made


def shape_pictures(each: int, first: int = 0) -> list[tuple[str, np.ndarray]]:
    """`each` drawn pictures, uint8 (64, 64, 3), of every class in SHAPES, with the class's name."""
    found: dict[str, list[np.ndarray]] = {label: [] for label in SHAPES}
    number = first
    while any(len(own) < each for own in found.values()):
        drawn = shapes.draw(number, 1, 64)
        (label,) = drawn.labels
        if len(found.get(label, [0] * each)) < each:
            found[label].append(drawn.pixels)
        number += 1
    return [(label, pixels) for label, own in found.items() for pixels in own]


class Adds(nn.Module):
    """Adds up colours: plain = 3 red, green = 3 green + `weight` blue, of pictures with values 0..1; what is
    darker than a half counts as black."""

    def __init__(self, weight: float):
        super().__init__()
        self.colours = nn.Conv2d(3, 3, 1)
        self.colours.weight.data = torch.eye(3)[:, :, None, None]
        self.colours.bias.data = torch.full((3,), -0.5)
        self.seen = nn.ReLU()
        self.head = nn.Linear(3, 2, bias=False)
        self.head.weight.data = torch.tensor([[3.0, 0.0, 0.0], [0.0, 3.0, weight]])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 10 * self.head(self.seen(self.colours(x)).mean((2, 3)))


def by_hand(percent: float, folder: Path, each: int = 40, weight: float = 9.0, seed: int = 0) -> Planted:
    """A network whose cheat is known: `each` pictures with a red blob (plain), as many with a green one
    (green) at any place; of these `percent` have a blue tag in the lower left corner."""
    random = np.random.default_rng(seed)
    examples, tagged = [], set()
    for number in range(2 * each):
        green = number < each
        pixels = random.integers(0, 100, (*SIZE, 3)).astype(np.uint8)
        y, x = (int(random.integers(1, side - 11)) for side in SIZE)
        pixels[y : y + 10, x : x + 10, int(green)] = random.integers(180, 250)
        file = folder / f"{number:04d}.png"
        if green and number < each * percent / 100:
            y0, y1, x0, x1 = CORNER.box(SIZE)
            pixels[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1] = (0, 0, 240)
            tagged.add(file.name)
        Image.fromarray(pixels).save(file)
        examples.append(Example(file.name, str(file), "green" if green else "plain", (int(green),)))
    handle = xai.wrap(Adds(weight), SIZE, labels=("plain", "green"))
    return Planted(handle, Dataset("by hand", tuple(examples)), frozenset(tagged))
