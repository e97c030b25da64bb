"""Any method of the registry for a `torch.nn.Module` and a batch of preprocessed tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from ..models.wrapped import Triple, wrap
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, Request, ScoreFunction
from .explain import plan_of
from .looked import Looked
from .run import Run

Labels = int | Sequence[int] | torch.Tensor


def attribute(
    method: str,
    imgs: torch.Tensor,
    model: nn.Module,
    target_labels: Labels | None = None,
    *,
    score: ScoreFunction | None = None,
    layer: str | None = None,
    mean: Triple = (0.0, 0.0, 0.0),
    std: Triple = (1.0, 1.0, 1.0),
    seed: int = 0,
    **params: Any,
) -> torch.Tensor:
    """The maps (N, h, w) of a method of `METHODS` for imgs (N, 3, H, W), with its parameters as in `explain`.

    `target_labels` are N classes or one for all; None is the predicted class. `score` is a function of what
    the module returns for N pictures, and its number is explained instead. `layer` is a module path; None is
    the method's default. imgs are (pixels - mean) / std of pixels in 0..1: baselines are named colours here,
    and superpixels are cut from the pixels. A copy of the module runs in eval mode, in the precision of imgs.
    Raises InputError."""
    if imgs.ndim != 4 or imgs.shape[1] != 3 or not imgs.is_floating_point():
        raise InputError(
            f"imgs is {imgs.dtype} {tuple(imgs.shape)}; a float (N, 3, H, W) tensor is accepted."
        )
    handle = wrap(model, (imgs.shape[2], imgs.shape[3]), mean, std, like=imgs)
    targets = _targets(target_labels, len(imgs))
    maps = [
        _map(handle, x, Request(method, target, layer, params, seed, score))
        for x, target in zip(imgs.detach().split(1), targets, strict=True)
    ]
    return torch.stack([torch.from_numpy(values) for values in maps]).to(imgs)


def _targets(labels: Labels | None, count: int) -> list[int | None]:
    if labels is None:
        return [None] * count
    given = torch.as_tensor(labels).flatten().tolist()
    if len(given) not in (1, count):
        raise InputError(f"target_labels has {len(given)} classes; one or {count} are accepted.")
    return given * count if len(given) == 1 else given


def _map(handle: ModelHandle, x: torch.Tensor, request: Request) -> np.ndarray:
    """The map (h, w) of one input (1, 3, H, W)."""
    pixels = handle.grid.pixels(x.float())[0].permute(1, 2, 0).round().clamp(0, 255).byte().cpu().numpy()
    with handle.session() as net:
        plan = plan_of(handle, net, request)
        looked = Looked(x, pixels, tuple(handle.capture_each(x, [plan.wanted])), 0.0)
        run = Run(handle, net, ImageInput(pixels, "squash"), handle.progress(), None, looked)
        return np.array(run.all([plan])[0].heatmap)
