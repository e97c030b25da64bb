"""The common region of a cluster: the square in which its maps lie more than those of the rest of the class.

    region = argmax over squares R of  sum_R (mean map of the cluster - mean map of the rest)

Ties go to the first in reading order. All regions of a search, and all controls, have the same size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .search import GRID

PLACES = {"top": ("upper", "middle", "lower"), "left": ("left", "centre", "right")}


@dataclass(frozen=True, order=True)
class Place:
    """A square of `cells` x `cells` cells of the grid, whose first cell is (top, left)."""

    top: int
    left: int
    cells: int

    def box(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """(y0, y1, x0, x1) in pixels of an input grid (H, W). Its size is the same for every place."""
        height, width = (max(1, round(self.cells * n / GRID)) for n in size)
        y = min(round(self.top * size[0] / GRID), size[0] - height)
        x = min(round(self.left * size[1] / GRID), size[1] - width)
        return y, y + height, x, x + width

    def overlaps(self, other: Place) -> bool:
        """Whether the two have a cell in common."""
        return abs(self.top - other.top) < self.cells and abs(self.left - other.left) < self.cells

    @property
    def words(self) -> str:
        """Where it lies: "upper left", "centre", "lower right" ..."""
        third = (GRID - self.cells + 1) / 3
        down = PLACES["top"][min(2, int(self.top / third))]
        across = PLACES["left"][min(2, int(self.left / third))]
        return "centre" if (down, across) == ("middle", "centre") else f"{down} {across}"


def sums(values: np.ndarray, cells: int) -> np.ndarray:
    """float64 (..., GRID - cells + 1, GRID - cells + 1): the sums of maps (..., GRID, GRID) over every
    square."""
    padded = np.zeros((*values.shape[:-2], GRID + 1, GRID + 1))
    padded[..., 1:, 1:] = values.astype(np.float64).cumsum(-1).cumsum(-2)
    one, last = slice(0, GRID + 1 - cells), slice(cells, GRID + 1)
    return padded[..., last, last] - padded[..., one, last] - padded[..., last, one] + padded[..., one, one]


def best(values: np.ndarray, cells: int) -> Place:
    """The square with the largest sum of `values` (GRID, GRID)."""
    found = sums(values, cells)
    top, left = np.unravel_index(int(found.argmax()), found.shape)
    return Place(int(top), int(left), cells)


def common(maps: np.ndarray, inside: np.ndarray, cells: int) -> Place:
    """The region of the maps (n, GRID, GRID) that are `inside` (bool (n,)) a cluster."""
    rest = maps[~inside].mean(0) if (~inside).any() else np.zeros(maps.shape[1:])
    return best(maps[inside].mean(0) - rest, cells)


def share(maps: np.ndarray, place: Place) -> np.ndarray:
    """float64 (n,): how much of each map lies in the place, 0..1."""
    return sums(maps, place.cells)[:, place.top, place.left]


def elsewhere(place: Place, count: int, random: np.random.Generator) -> tuple[Place, ...]:
    """`count` places of the same size that have no cell in common with it, drawn evenly; none is drawn twice
    while there are others."""
    side = range(GRID - place.cells + 1)
    free = [Place(y, x, place.cells) for y in side for x in side]
    free = [one for one in free if not one.overlaps(place)]
    order = random.permutation(len(free))
    return tuple(free[order[n % len(free)]] for n in range(count))
