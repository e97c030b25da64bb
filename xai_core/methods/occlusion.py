"""Occlusion: how much the score drops when a window of the picture is hidden.

    D_w = s(x) - s(x with window w replaced by the baseline)
    M_ij = mean of D_w over the windows w that cover ij

Positive where hiding lowers the score. If the windows tile the picture (stride = window) the map has one cell
for each window; otherwise it has the input's resolution. The last window of a row is cut off at the border.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ..scoring.perturbations import Changes, cells, score_inputs
from ..types import InputError
from ._hiding import BLUR, baseline_param
from ._inputs import SCORE
from ._spec import MethodSpec


def occlusion(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    baseline: torch.Tensor,
    progress: Progress,
    window: int = 8,
    stride: int = 8,
) -> torch.Tensor:
    """Maps (N, h, w) of inputs and baselines (N, 3, H, W); h = H / window if the windows tile the picture,
    else h = H."""
    size = x.shape[2], x.shape[3]
    _check(window, stride, size)
    down, across = (_covers(side, window, stride, x.device) for side in size)
    drops = torch.stack(
        [
            _drops(scorer, x[i : i + 1], score.of(i), baseline[i : i + 1], down, across, progress)
            for i in range(len(x))
        ]
    )
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


def _drops(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    baseline: torch.Tensor,
    down: torch.Tensor,
    across: torch.Tensor,
    progress: Progress,
) -> torch.Tensor:
    """D (rows, columns) of one picture `x` (1, 3, H, W)."""
    rows, columns = len(down), len(across)
    order = torch.from_numpy(coarse_first(rows, columns)).to(x.device)

    def make(start: int, stop: int) -> torch.Tensor:
        index = order[start:stop]
        hidden = down[index // columns][:, None, :, None] & across[index % columns][:, None, None, :]
        return torch.where(hidden, baseline, x)

    def crop(start: int, stop: int, places: torch.Tensor) -> torch.Tensor:
        index, width = order[start:stop], x.shape[3]
        flat = places.flatten(1)
        hidden = down[index // columns].gather(1, flat // width) & across[index % columns].gather(
            1, flat % width
        )
        hidden = hidden.view(len(index), 1, *places.shape[1:])
        return torch.where(hidden, cells(baseline, places), cells(x, places))

    with torch.inference_mode():
        whole = score(scorer(x))
    progress.note(1)

    def look(found: torch.Tensor) -> None:
        known = torch.full((rows * columns,), float("nan"), dtype=whole.dtype, device=x.device)
        known[order[: len(found)]] = whole - found
        coarse = filled(known.view(rows, columns))
        if not coarse.isnan().any():
            progress.show(coarse, len(found), rows * columns)

    changes = Changes(_boxes(down, across)[order.cpu().numpy()], False, lambda _row: x, crop)
    found = score_inputs(scorer, make, rows * columns, score, x.device, progress, changes, look)
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


def _boxes(down: torch.Tensor, across: torch.Tensor) -> np.ndarray:
    """int64 (rows * columns, 4): top, left, height and width of each window, row by row."""
    (top, height), (left, width) = (
        (covers.int().argmax(1).cpu().numpy(), covers.sum(1).cpu().numpy()) for covers in (down, across)
    )
    r, c = (part.ravel() for part in np.indices((len(top), len(left))))
    return np.stack([top[r], left[c], height[r], width[c]], 1)


def _windows(params: Mapping[str, Any], size: tuple[int, int]) -> int:
    rows, columns = (_count(side, params["window"], params["stride"]) for side in size)
    return max(1, rows * columns)


SPEC = MethodSpec(
    "occlusion",
    "Occlusion",
    occlusion,
    ("scorer", "x", "score", "baseline", "progress"),
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
        baseline_param("black"),
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
    rate_by=("window",),
)
