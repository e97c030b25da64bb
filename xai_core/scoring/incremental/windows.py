"""Windows: the part of a map in which a perturbed picture differs from a known one, at any layer.

A batch of N maps that equal one known map outside a small window each is stored as the known map, the N
window positions and the N windows' cells. All windows of a batch have one size, so the cells are one tensor
(N, C, h, w). A "cell" is one position of a map with all its channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch


@dataclass(frozen=True, eq=False)
class Windows:
    """N windows of `height` x `width` cells in maps of `size` (H, W). Window i begins at row top[i] and
    column left[i], int64 (N,).

    If `running` is False, map i equals the known map outside window i. If it is True, map i equals map i - 1
    outside window i (map 0 equals the known map), so every map keeps the changes of the maps before it."""

    top: np.ndarray
    left: np.ndarray
    height: int
    width: int
    size: tuple[int, int]
    running: bool

    def __len__(self) -> int:
        return len(self.top)

    @property
    def share(self) -> float:
        """The share of the map's cells that one window covers, 0..1."""
        return self.height * self.width / (self.size[0] * self.size[1])

    def equals(self, other: Windows) -> bool:
        """Whether both describe the same cells of maps of the same size."""
        return (
            (self.height, self.width, self.size) == (other.height, other.width, other.size)
            and np.array_equal(self.top, other.top)
            and np.array_equal(self.left, other.left)
        )


class Places(NamedTuple):
    """N rectangles of `height` x `width` cells that begin at row top[i] and column left[i]. They may reach
    into the padding around the map."""

    top: np.ndarray
    height: int
    left: np.ndarray
    width: int


@dataclass(frozen=True)
class Reach:
    """What one output of a convolution or pooling sees along one axis: output o sees `kernel` inputs that are
    `dilation` apart, the first at o * stride - padding."""

    kernel: int
    stride: int
    padding: int
    dilation: int = 1

    @property
    def extent(self) -> int:
        """The number of inputs from the first one seen to the last, both included."""
        return (self.kernel - 1) * self.dilation + 1

    def outputs(self, first: np.ndarray, length: int, size: int) -> tuple[np.ndarray, int]:
        """(first, length) of the outputs that see any of the inputs first .. first + length - 1. There are
        `size` outputs in all."""
        low = -((self.extent - 1 - self.padding - first) // self.stride)
        high = (first + length - 1 + self.padding) // self.stride
        low, high = np.clip(low, 0, size - 1), np.clip(high, 0, size - 1)
        longest = max(1, int((high - low).max()) + 1)
        return np.minimum(low, size - longest), longest

    def inputs(self, first: np.ndarray, length: int) -> tuple[np.ndarray, int]:
        """(first, length) of the inputs that the outputs first .. first + length - 1 see. The first may be
        negative, which means the padding."""
        return first * self.stride - self.padding, self.inputs_seen(length)

    def inputs_seen(self, length: int) -> int:
        """How many inputs `length` neighbouring outputs see together."""
        return (length - 1) * self.stride + self.extent


def through(windows: Windows, down: Reach, across: Reach, size: tuple[int, int]) -> Windows:
    """The windows of the outputs, in maps of `size`, that see any cell of `windows`."""
    top, height = down.outputs(windows.top, windows.height, size[0])
    left, width = across.outputs(windows.left, windows.width, size[1])
    return Windows(top, left, height, width, size, windows.running)


def union(one: Windows, other: Windows) -> Windows:
    """The smallest windows of one common size that contain both."""
    top, left = np.minimum(one.top, other.top), np.minimum(one.left, other.left)
    bottom = np.maximum(one.top + one.height, other.top + other.height)
    right = np.maximum(one.left + one.width, other.left + other.width)
    height, width = int((bottom - top).max()), int((right - left).max())
    top, left = np.minimum(top, one.size[0] - height), np.minimum(left, one.size[1] - width)
    return Windows(top, left, height, width, one.size, one.running)


def boxes_as_windows(boxes: np.ndarray, size: tuple[int, int], running: bool) -> Windows:
    """The smallest windows of one common size around `boxes` int64 (N, 4) of top, left, height and width, in
    pictures of `size` (H, W)."""
    height, width = int(boxes[:, 2].max()), int(boxes[:, 3].max())
    top = np.minimum(boxes[:, 0], size[0] - height)
    left = np.minimum(boxes[:, 1], size[1] - width)
    return Windows(top, left, height, width, size, running)


def gather(
    known: torch.Tensor,
    cells: torch.Tensor,
    windows: Windows,
    places: Places,
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    fill: float = 0.0,
) -> torch.Tensor:
    """The cells of each of the N maps at `places`: (N, C, h, w), channels last.

    The maps are given by the `known` map (1, C, H, W) and the `cells` (N, C, ., .) in `windows`. `padding`
    (top, bottom, left, right) surrounds them with the value `fill`."""
    above, below, before, behind = padding
    if any(padding):
        known = torch.nn.functional.pad(known, (before, behind, above, below), value=fill)
    channels, rows, columns = known.shape[1:]
    top, height, left, width = places
    source = _indices(
        windows, Places(top + above, height, left + before, width), (above, before), (rows, columns)
    )
    flat = torch.cat(
        [known.permute(0, 2, 3, 1).reshape(-1, channels), cells.permute(0, 2, 3, 1).reshape(-1, channels)]
    )
    found = flat[torch.from_numpy(source).to(flat.device)]
    return found.view(len(windows), height, width, channels).permute(0, 3, 1, 2)


def whole(known: torch.Tensor, cells: torch.Tensor, windows: Windows) -> torch.Tensor:
    """The N maps in full: (N, C, H, W)."""
    zero = np.zeros(len(windows), np.int64)
    return gather(known, cells, windows, Places(zero, windows.size[0], zero, windows.size[1]))


def _indices(windows: Windows, places: Places, shift: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """int64 (N * h * w,): where each wanted cell is found. Numbers below the size of the padded known map
    mean a cell of that map; larger ones mean a cell of the windows, counted in order. `shift` is the padding
    above and to the left, `size` the size of the padded known map."""
    return (_running if windows.running else _apart)(windows, places, shift, size).reshape(-1)


def _apart(windows: Windows, places: Places, shift: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """`_indices` (N, h, w) for maps that differ from the known map in their own window only."""
    top, height, left, width = places
    y, x = top[:, None] + np.arange(height), left[:, None] + np.arange(width)
    down, across = y - shift[0] - windows.top[:, None], x - shift[1] - windows.left[:, None]
    inside = ((down >= 0) & (down < windows.height))[:, :, None] & ((across >= 0) & (across < windows.width))[
        :, None, :
    ]
    start = size[0] * size[1] + np.arange(len(windows)) * (windows.height * windows.width)
    own = (start[:, None] + down * windows.width)[:, :, None] + across[:, None, :]
    return np.where(inside, own, (y * size[1])[:, :, None] + x[:, None, :])


def newest(windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """Where the last of running maps differs from the known map: the places int64 (M,) in the map, and the
    cell of the windows int64 (M,) that each of them shows, counted in order."""
    canvas = np.full(windows.size, -1)
    own = np.arange(windows.height * windows.width).reshape(windows.height, windows.width)
    for number, (top, left) in enumerate(zip(windows.top.tolist(), windows.left.tolist(), strict=True)):
        canvas[top : top + windows.height, left : left + windows.width] = own + number * own.size
    places = np.flatnonzero(canvas >= 0)
    return places, canvas.reshape(-1)[places]


def _running(windows: Windows, places: Places, shift: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """`_indices` (N, h, w) for maps that keep the changes of the maps before them: the windows are painted
    over the known map one after the other, so the newest window covers the older ones."""
    top, height, left, width = places
    canvas = np.arange(size[0] * size[1]).reshape(size)
    own = np.arange(windows.height * windows.width).reshape(windows.height, windows.width) + canvas.size
    found = np.empty((len(windows), height, width), np.int64)
    painted = zip(
        (windows.top + shift[0]).tolist(),
        (windows.left + shift[1]).tolist(),
        top.tolist(),
        left.tolist(),
        strict=True,
    )
    for number, (t, b, y, x) in enumerate(painted):
        canvas[t : t + windows.height, b : b + windows.width] = own
        found[number] = canvas[y : y + height, x : x + width]
        own += own.size
    return found
