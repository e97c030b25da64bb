"""Where pictures that differ little differ, at any layer: windows, and how their surroundings are gathered.

A batch of N maps that equal one known map outside a window each is kept as that map and the N windows. The
windows lie anywhere, but have one size, so that they are one tensor (N, C, h, w)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch


@dataclass(frozen=True, eq=False)
class Windows:
    """Rows top[i] .. top[i] + height - 1 and the columns likewise of maps of `size`, for i in 0..N-1.

    With `running`, map i differs in window i from map i - 1 rather than from the known map: each map keeps
    what the earlier ones changed."""

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
        """Of the map that a window covers."""
        return self.height * self.width / (self.size[0] * self.size[1])

    def equals(self, other: Windows) -> bool:
        """Whether both are the same places."""
        return (
            (self.height, self.width, self.size) == (other.height, other.width, other.size)
            and np.array_equal(self.top, other.top)
            and np.array_equal(self.left, other.left)
        )


class Places(NamedTuple):
    """Rows top[i] .. top[i] + height - 1 and the columns likewise, of maps i = 0..N-1; any of them may lie in
    the padding."""

    top: np.ndarray
    height: int
    left: np.ndarray
    width: int


@dataclass(frozen=True)
class Reach:
    """What one output of a local operation sees along one axis: `kernel` inputs, `dilation` apart, the first
    at o * stride - padding."""

    kernel: int
    stride: int
    padding: int
    dilation: int = 1

    @property
    def extent(self) -> int:
        """Inputs from the first to the last, both included."""
        return (self.kernel - 1) * self.dilation + 1

    def outputs(self, first: np.ndarray, length: int, size: int) -> tuple[np.ndarray, int]:
        """(first, length) of the outputs, of `size` in all, that see any of the inputs first .. first +
        length - 1."""
        low = -((self.extent - 1 - self.padding - first) // self.stride)
        high = (first + length - 1 + self.padding) // self.stride
        low, high = np.clip(low, 0, size - 1), np.clip(high, 0, size - 1)
        longest = max(1, int((high - low).max()) + 1)
        return np.minimum(low, size - longest), longest

    def inputs(self, first: np.ndarray, length: int) -> tuple[np.ndarray, int]:
        """(first, length) of the inputs that those outputs see; the first may lie in the padding."""
        return first * self.stride - self.padding, (length - 1) * self.stride + self.extent


def through(windows: Windows, down: Reach, across: Reach, size: tuple[int, int]) -> Windows:
    """The windows of the outputs, maps of `size`, that see anything of these."""
    top, height = down.outputs(windows.top, windows.height, size[0])
    left, width = across.outputs(windows.left, windows.width, size[1])
    return Windows(top, left, height, width, size, windows.running)


def union(one: Windows, other: Windows) -> Windows:
    """The smallest windows, of one size, around both."""
    top, left = np.minimum(one.top, other.top), np.minimum(one.left, other.left)
    bottom = np.maximum(one.top + one.height, other.top + other.height)
    right = np.maximum(one.left + one.width, other.left + other.width)
    height, width = int((bottom - top).max()), int((right - left).max())
    top, left = np.minimum(top, one.size[0] - height), np.minimum(left, one.size[1] - width)
    return Windows(top, left, height, width, one.size, one.running)


def gather(
    known: torch.Tensor,
    cells: torch.Tensor,
    windows: Windows,
    places: Places,
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    fill: float = 0.0,
) -> torch.Tensor:
    """(N, C, h, w), channels last: each map at `places` (top, height, left, width), put together from the
    known map (1, C, H, W), its padding (top, bottom, left, right) with `fill`, and the windows' cells."""
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
    """(N, C, H, W): the maps themselves."""
    zero = np.zeros(len(windows), np.int64)
    return gather(known, cells, windows, Places(zero, windows.size[0], zero, windows.size[1]))


def _indices(windows: Windows, places: Places, shift: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """int64 (N * h * w,): for each wanted cell its number in the known map, padded to `size`, or behind that
    its number among the cells of the windows."""
    return (_running if windows.running else _apart)(windows, places, shift, size).reshape(-1)


def _apart(windows: Windows, places: Places, shift: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    top, height, left, width = places
    y, x = top[:, None] + np.arange(height), left[:, None] + np.arange(width)
    down, across = y - shift[0] - windows.top[:, None], x - shift[1] - windows.left[:, None]
    inside = ((down >= 0) & (down < windows.height))[:, :, None] & ((across >= 0) & (across < windows.width))[
        :, None, :
    ]
    start = size[0] * size[1] + np.arange(len(windows)) * (windows.height * windows.width)
    own = (start[:, None] + down * windows.width)[:, :, None] + across[:, None, :]
    return np.where(inside, own, (y * size[1])[:, :, None] + x[:, None, :])


def _running(windows: Windows, places: Places, shift: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """Window after window is painted over the numbers of the known map; what lies on top counts."""
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
