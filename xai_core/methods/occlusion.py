"""Occlusion: how much the score drops when a window of the picture is hidden.

    D_w = s(x) - s(x with window w replaced by the baseline)
    M_ij = mean of D_w over the windows w that cover ij

Positive where hiding lowers the score. If the windows tile the picture (stride = window) the map has one cell
for each window; otherwise it has the input's resolution. The last window of a row is cut off at the border.
With the baseline "drop" the patches of a transformer that a window covers are left out instead of painted
over.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ..network.batches import Progress
from ..network.patches import DROP, patch_side
from ..network.scores import Score
from ..parameters import Param
from ..scoring.hiding import Hiding
from ..scoring.occluded import Windows
from ..types import InputError, LayerSpec
from ._hiding import BLUR, baseline_param, dropped
from ._inputs import SCORE
from ._spec import MethodSpec


def occlusion(
    hiding: Hiding, x: torch.Tensor, score: Score, progress: Progress, window: int = 8, stride: int = 8
) -> torch.Tensor:
    """Maps (N, h, w) of inputs (N, 3, H, W), whose windows `hiding` hides; h = H / window if the windows tile
    the picture, else h = H."""
    size = x.shape[2], x.shape[3]
    _check(window, stride, size)
    down, across = (_covers(side, window, stride, x.device) for side in size)
    rows, columns = len(down), len(across)
    order = torch.from_numpy(coarse_first(rows, columns)).to(x.device)
    grid = Windows(down, across, order)
    drops = torch.stack([_drops(hiding, i, grid, score.of(i), progress) for i in range(len(x))])
    if _tiles(window, stride, size):
        return drops
    down, across = down.to(drops), across.to(drops)
    return (down.T @ drops @ across) / torch.outer(down.sum(0), across.sum(0))


def _check(window: int, stride: int, size: tuple[int, int]) -> None:
    if window > min(size):
        raise InputError(f"window of occlusion is {window}; the input of {size[0]} x {size[1]} accepts less.")
    if stride > window:
        raise InputError(f"stride of occlusion is {stride}; at most the window, {window}, leaves no gaps.")


def _tiles(window: int, stride: int, size: tuple[int, int]) -> bool:
    return window == stride and not any(side % window for side in size)


def _count(side: int, window: int, stride: int) -> int:
    return 1 + math.ceil((side - window) / stride)


def _covers(side: int, window: int, stride: int, device: torch.device) -> torch.Tensor:
    """bool (windows, side): which pixels each window covers along one axis."""
    first = torch.arange(_count(side, window, stride), device=device)[:, None] * stride
    places = torch.arange(side, device=device)
    return (places >= first) & (places < first + window)


def _drops(hiding: Hiding, i: int, windows: Windows, score: Score, progress: Progress) -> torch.Tensor:
    """D (rows, columns) of picture i."""
    rows, columns, order = len(windows.down), len(windows.across), windows.order
    whole = hiding.whole(i, score)
    progress.note(1)

    def look(numbers: np.ndarray, found: torch.Tensor) -> None:
        known = torch.full((rows * columns,), float("nan"), dtype=whole.dtype, device=whole.device)
        known[order[torch.from_numpy(numbers).to(order.device)]] = whole - found
        coarse = filled(known.view(rows, columns))
        if not coarse.isnan().any():
            progress.show(coarse, len(found), rows * columns)

    found = hiding.windows(i, windows, score, progress, look)
    drops = torch.empty_like(found)
    drops[order] = whole - found
    return drops.view(rows, columns)


def coarse_first(rows: int, columns: int) -> np.ndarray:
    """int64 (rows * columns,): an order of the windows of a grid that covers it coarsely first. Every 2^l-th
    window of every 2^l-th row comes before the others, for the largest l first. Numbers count row by row."""
    r, c = (part.ravel() for part in np.indices((rows, columns)))
    level = np.zeros(rows * columns, int)
    for step in _steps(rows, columns):
        level += (r % step == 0) & (c % step == 0)
    return np.argsort(-level, kind="stable")


def filled(values: torch.Tensor) -> torch.Tensor:
    """The grid (R, C) with each unknown value (NaN) replaced by that of the nearest coarser window."""
    found = torch.full_like(values, float("nan"))
    for step in reversed(_steps(*values.shape)):
        part = values[::step, ::step].repeat_interleave(step, 0).repeat_interleave(step, 1)
        part = part[: values.shape[0], : values.shape[1]]
        found = torch.where(part.isnan(), found, part)
    return found


def _steps(rows: int, columns: int) -> list[int]:
    """1, 2, 4 ... as long as every step-th window leaves at least four along the longer side."""
    return [2**level for level in range(12) if level == 0 or max(rows, columns) >= 4 * 2**level]


def _windows(params: Mapping[str, Any], size: tuple[int, int]) -> int:
    rows, columns = (_count(side, params["window"], params["stride"]) for side in size)
    return max(1, rows * columns)


def _whole_patches(params: Mapping[str, Any], layers: Sequence[LayerSpec], size: tuple[int, int]) -> None:
    """Raise InputError where patches are left out and a window would cover a part of one."""
    if params["baseline"] != DROP:
        return
    height, width = patch_side(layers, size)
    for name in ("window", "stride"):
        if params[name] % height or params[name] % width:
            raise InputError(
                f"{name} of occlusion is {params[name]} and baseline is {DROP!r}, which leaves out whole "
                f"patches of {height} x {width} pixels; multiples of {math.lcm(height, width)} are accepted."
            )


SPEC = MethodSpec(
    "occlusion",
    "Occlusion",
    occlusion,
    ("hiding", "x", "score", "progress"),
    (
        Param("window", "int", 8, "Side of the hidden square, in pixels.", low=1, high=128, step=1),
        Param(
            "stride",
            "int",
            8,
            "Step from one square to the next, at most the window.",
            low=1,
            high=128,
            step=1,
        ),
        baseline_param("black", drop=True),
        BLUR,
        SCORE,
    ),
    formula=r"M_{ij}=\mathrm{mean}_{w\ni ij}\; s(x)-s(x_{\setminus w})",
    paper="Zeiler and Fergus, ECCV 2014",
    url="https://arxiv.org/abs/1311.2901",
    reading="Bright where hiding a small square lowers the score: measured, not derived.",
    colour="#9D174D",
    signed=lambda params: True,
    family="Perturbation",
    passes=lambda layer, params, size: _windows(params, size),
    rate_by=lambda params: (params["window"], *dropped(params)),
    check=_whole_patches,
    plain=(
        "A window is moved over the picture and hides what lies under it. The map is the drop of the "
        "score, averaged over the windows that cover a place. It answers how much the score needs each "
        "place, and it needs no look inside the network."
    ),
    fails=(
        "What stands in two places is missed by either window: hiding one leaves the other. The colour "
        "of the window is a new object to the network, and another colour can give another map."
    ),
    places="window",
)
