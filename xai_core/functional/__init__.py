"""The methods for any `torch.nn.Module` and a batch of preprocessed tensors: no handle is needed.

    imgs (N, 3, H, W), already normalised
    target_labels: N class indices (sequence or tensor), or one for all; None with a score of one's own
    score: a function of what the module returns for N pictures (tensor, tuple or dict) that gives (N,)
    baseline: a tensor that broadcasts to imgs, or a number, in the units of imgs

`attribute` offers every method of the registry by its key; it makes a handle of its own, and its baselines
are named as in `explain`.

Scores are logits unless `score` is given, positive raises the score, maps are float tensors (N, H, W) on the
device of `imgs`. The module runs in eval mode with frozen parameters and is given back as it was. Bad input
raises InputError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ..engine.attribute import Labels, attribute
from ..methods._noise import STATISTICS, Noise, over_noise
from ..methods.gradient import gradient
from ..methods.integrated_gradients import integrated_gradients as _integrated_gradients
from ..methods.occlusion import occlusion as _occlusion
from ..methods.smooth_grad import smooth_grad
from ..metrics.curves import superpixel_curve
from ..network.batches import Progress
from ..scoring.hiding import Painted
from ..types import InputError, ScoreFunction
from .checks import Baseline, baseline_of, frozen, labels, one_of, ready, spread, whole

Method = Callable[..., torch.Tensor]  # (imgs, model, target_labels, **options) -> (N, h, w)


def occlusion(
    imgs: torch.Tensor,
    model: nn.Module,
    target_labels: Labels | None,
    baseline: Baseline,
    superpixel_size: int = 8,
    *,
    score: ScoreFunction | None = None,
) -> torch.Tensor:
    """The drop of the score when one square of `superpixel_size` pixels is replaced by the baseline: (N, H,
    W), constant on each square; squares at the right and lower border are cut off."""
    size = whole(superpixel_size, "superpixel_size", min(imgs.shape[-2:]) if imgs.ndim == 4 else 1)
    start = baseline_of(baseline, imgs)
    with ready(imgs, model, target_labels, score) as asked:
        found = _occlusion(Painted(model, imgs, start), imgs, asked, Progress(), size, size)
    if found.shape[1:] == imgs.shape[2:]:
        return found
    return found.repeat_interleave(size, 1).repeat_interleave(size, 2)


def vanilla_gradients(
    imgs: torch.Tensor,
    model: nn.Module,
    target_labels: Labels | None = None,
    *,
    score: ScoreFunction | None = None,
) -> torch.Tensor:
    """sum_c |ds/dx_c|: (N, H, W)."""
    with ready(imgs, model, target_labels, score) as asked:
        return gradient(model, imgs, asked)


def smoothgrad(
    imgs: torch.Tensor,
    model: nn.Module,
    target_labels: Labels | None = None,
    samples: int = 50,
    sigma: float = 0.1,
    *,
    score: ScoreFunction | None = None,
) -> torch.Tensor:
    """sum_c |mean over noisy copies of ds/dx_c|, noise of standard deviation `sigma` in the units of imgs:
    (N, H, W). The noise is the same in every call."""
    samples, sigma = whole(samples, "samples", 100_000), spread(sigma)
    with ready(imgs, model, target_labels, score) as asked:
        return smooth_grad(
            model, imgs, asked, torch.Generator().manual_seed(0), Progress(), {}, samples, sigma
        )


def noisy(
    method: Method,
    imgs: torch.Tensor,
    model: nn.Module,
    target_labels: Labels | None = None,
    samples: int = 50,
    sigma: float = 0.1,
    statistic: str = "mean",
    *,
    score: ScoreFunction | None = None,
    **options: Any,
) -> torch.Tensor:
    """The mean, mean square ("square") or "variance" of a method's maps over noisy copies: (N, h, w).

    `method` is one of these functions, or any other that takes (imgs, model, target_labels, **options) and
    returns maps (N, h, w); with a `score` it is given that too, and None as target_labels. The noise has the
    standard deviation `sigma` in the units of imgs and is the same in every call."""
    samples, sigma = whole(samples, "samples", 100_000), spread(sigma)
    if statistic not in STATISTICS:
        raise InputError(f"statistic is {statistic!r}; {', '.join(STATISTICS)} are accepted.")
    one_of(target_labels, score)
    with frozen(imgs, model):
        targets = None if target_labels is None else labels(target_labels, imgs, model)
        noise = Noise(torch.Generator().manual_seed(0), samples, sigma)

        def maps(copies: torch.Tensor, image: int) -> torch.Tensor:
            if targets is None:
                return method(copies, model, None, score=score, **options)
            return method(copies, model, targets[image], **options)

        return over_noise(maps, statistic, lambda found, image: found, imgs, noise, Progress(), {})


def integrated_gradients(
    imgs: torch.Tensor,
    model: nn.Module,
    target_labels: Labels | None,
    baseline: Baseline,
    steps: int = 50,
    *,
    score: ScoreFunction | None = None,
) -> torch.Tensor:
    """sum_c |(x - b)_c mean ds/dx_c on the way from b to x|: (N, H, W)."""
    steps = whole(steps, "steps", 100_000)
    start = baseline_of(baseline, imgs)
    with ready(imgs, model, target_labels, score) as asked:
        maps = [
            _integrated_gradients(model, one, asked.of(i), own, Progress(), {}, steps)
            for i, (one, own) in enumerate(zip(imgs.split(1), start.split(1), strict=True))
        ]
    return torch.cat(maps)


def insertion(
    img: torch.Tensor,
    model: nn.Module,
    importance: torch.Tensor,
    target_label: int | None,
    baseline: Baseline,
    *,
    score: ScoreFunction | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """From the baseline to the picture, most important superpixel first: (probability (d + 1,), number of
    superpixels shown (d + 1,)). `img` (1, 3, H, W), `importance` (1, h, w) on a superpixel grid that divides
    it. With a `score` the curve is that score instead of a probability."""
    return _curve(img, model, importance, target_label, baseline, score, insert=True)


def deletion(
    img: torch.Tensor,
    model: nn.Module,
    importance: torch.Tensor,
    target_label: int | None,
    baseline: Baseline,
    *,
    score: ScoreFunction | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """From the picture to the baseline, most important superpixel first: (probability (d + 1,), number of
    superpixels hidden (d + 1,)). Arguments as for `insertion`."""
    return _curve(img, model, importance, target_label, baseline, score, insert=False)


def _curve(
    img: torch.Tensor,
    model: nn.Module,
    importance: torch.Tensor,
    target_label: int | None,
    baseline: Baseline,
    score: ScoreFunction | None,
    insert: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    if importance.ndim != 3 or len(importance) != 1 or len(img) != 1:
        raise InputError(
            f"img is {tuple(img.shape)} and importance {tuple(importance.shape)}; "
            "(1, 3, H, W) and (1, h, w) are accepted."
        )
    start = baseline_of(baseline, img)
    with ready(img, model, target_label, score, probability=True) as asked:
        return superpixel_curve(model, img, asked, importance[0].to(img.device), start, insert, Progress())


__all__: list[str] = [
    "attribute",
    "deletion",
    "insertion",
    "integrated_gradients",
    "noisy",
    "occlusion",
    "smoothgrad",
    "vanilla_gradients",
]
