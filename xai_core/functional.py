"""The methods for any `torch.nn.Module` and a batch of preprocessed tensors: no handle, no registry.

    imgs (N, 3, H, W), already normalised;   target_labels: N class indices (sequence or tensor), or one for
    all baseline: a tensor that broadcasts to imgs, or a number, in the units of imgs

Scores are logits, positive raises the score, maps are float tensors (N, H, W) on the device of `imgs`. The
module runs in eval mode with frozen parameters and is given back as it was. Bad input raises InputError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from .methods._noise import STATISTICS, Noise, over_noise
from .methods.gradient import gradient
from .methods.integrated_gradients import integrated_gradients as _integrated_gradients
from .methods.occlusion import occlusion as _occlusion
from .methods.smooth_grad import smooth_grad
from .metrics.curves import superpixel_curve
from .network.batches import Progress
from .network.scores import Score
from .scoring.hiding import Painted
from .types import InputError

Labels = int | Sequence[int] | torch.Tensor
Baseline = torch.Tensor | float
Method = Callable[..., torch.Tensor]  # (imgs, model, target_labels, **options) -> (N, h, w)


def occlusion(
    imgs: torch.Tensor, model: nn.Module, target_labels: Labels, baseline: Baseline, superpixel_size: int = 8
) -> torch.Tensor:
    """The drop of the score when one square of `superpixel_size` pixels is replaced by the baseline: (N, H,
    W), constant on each square; squares at the right and lower border are cut off."""
    size = _whole(superpixel_size, "superpixel_size", min(imgs.shape[-2:]) if imgs.ndim == 4 else 1)
    start = _baseline(baseline, imgs)
    with _ready(imgs, model, target_labels) as score:
        found = _occlusion(Painted(model, imgs, start), imgs, score, Progress(), size, size)
    if found.shape[1:] == imgs.shape[2:]:
        return found
    return found.repeat_interleave(size, 1).repeat_interleave(size, 2)


def vanilla_gradients(imgs: torch.Tensor, model: nn.Module, target_labels: Labels) -> torch.Tensor:
    """sum_c |ds/dx_c|: (N, H, W)."""
    with _ready(imgs, model, target_labels) as score:
        return gradient(model, imgs, score)


def smoothgrad(
    imgs: torch.Tensor, model: nn.Module, target_labels: Labels, samples: int = 50, sigma: float = 0.1
) -> torch.Tensor:
    """sum_c |mean over noisy copies of ds/dx_c|, noise of standard deviation `sigma` in the units of imgs:
    (N, H, W). The noise is the same in every call."""
    samples, sigma = _whole(samples, "samples", 100_000), _spread(sigma)
    with _ready(imgs, model, target_labels) as score:
        return smooth_grad(
            model, imgs, score, torch.Generator().manual_seed(0), Progress(), {}, samples, sigma
        )


def noisy(
    method: Method,
    imgs: torch.Tensor,
    model: nn.Module,
    target_labels: Labels,
    samples: int = 50,
    sigma: float = 0.1,
    statistic: str = "mean",
    **options: Any,
) -> torch.Tensor:
    """The mean, mean square ("square") or "variance" of a method's maps over noisy copies: (N, h, w).

    `method` is one of these functions, or any other that takes (imgs, model, target_labels, **options) and
    returns maps (N, h, w). The noise has the standard deviation `sigma` in the units of imgs and is the same
    in every call."""
    samples, sigma = _whole(samples, "samples", 100_000), _spread(sigma)
    if statistic not in STATISTICS:
        raise InputError(f"statistic is {statistic!r}; {', '.join(STATISTICS)} are accepted.")
    with _ready(imgs, model, target_labels) as score:
        noise = Noise(torch.Generator().manual_seed(0), samples, sigma)

        def maps(copies: torch.Tensor, image: int) -> torch.Tensor:
            return method(copies, model, score.targets[image], **options)

        return over_noise(maps, statistic, lambda found, image: found, imgs, noise, Progress(), {})


def integrated_gradients(
    imgs: torch.Tensor, model: nn.Module, target_labels: Labels, baseline: Baseline, steps: int = 50
) -> torch.Tensor:
    """sum_c |(x - b)_c mean ds/dx_c on the way from b to x|: (N, H, W)."""
    steps = _whole(steps, "steps", 100_000)
    start = _baseline(baseline, imgs)
    with _ready(imgs, model, target_labels) as score:
        return _integrated_gradients(model, imgs, score, start, Progress(), {}, steps)


def insertion(
    img: torch.Tensor, model: nn.Module, importance: torch.Tensor, target_label: int, baseline: Baseline
) -> tuple[torch.Tensor, torch.Tensor]:
    """From the baseline to the picture, most important superpixel first: (probability (d + 1,), number of
    superpixels shown (d + 1,)). `img` (1, 3, H, W), `importance` (1, h, w) on a superpixel grid that divides
    it."""
    return _curve(img, model, importance, target_label, baseline, insert=True)


def deletion(
    img: torch.Tensor, model: nn.Module, importance: torch.Tensor, target_label: int, baseline: Baseline
) -> tuple[torch.Tensor, torch.Tensor]:
    """From the picture to the baseline, most important superpixel first: (probability (d + 1,), number of
    superpixels hidden (d + 1,)). Arguments as for `insertion`."""
    return _curve(img, model, importance, target_label, baseline, insert=False)


def _curve(
    img: torch.Tensor,
    model: nn.Module,
    importance: torch.Tensor,
    target_label: int,
    baseline: Baseline,
    insert: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    if importance.ndim != 3 or len(importance) != 1 or len(img) != 1:
        raise InputError(
            f"img is {tuple(img.shape)} and importance {tuple(importance.shape)}; "
            "(1, 3, H, W) and (1, h, w) are accepted."
        )
    start = _baseline(baseline, img)
    with _ready(img, model, target_label, probability=True) as score:
        return superpixel_curve(model, img, score, importance[0].to(img.device), start, insert, Progress())


@contextmanager
def _ready(
    imgs: torch.Tensor, model: nn.Module, target_labels: Labels, probability: bool = False
) -> Iterator[Score]:
    """The checked score, with the module in eval mode and frozen for the length of the block."""
    if imgs.ndim != 4 or not imgs.is_floating_point():
        raise InputError(
            f"imgs is {imgs.dtype} {tuple(imgs.shape)}; a float (N, 3, H, W) tensor is accepted."
        )
    modes = [(module, module.training) for module in model.modules()]
    frozen = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    try:
        model.eval()
        for parameter, _ in frozen:
            parameter.requires_grad_(False)
        yield Score(_labels(target_labels, imgs, model), probability=probability)
    finally:
        for module, training in modes:
            module.training = training
        for parameter, requires_grad in frozen:
            parameter.requires_grad_(requires_grad)


def _labels(target_labels: Labels, imgs: torch.Tensor, model: nn.Module) -> tuple[int, ...]:
    given = torch.as_tensor(target_labels).flatten().tolist()
    labels = given * len(imgs) if len(given) == 1 else given
    with torch.inference_mode():
        classes = model(imgs[:1]).shape[1]
    whole = all(isinstance(label, int) and 0 <= label < classes for label in labels)
    if len(labels) != len(imgs) or not whole:
        raise InputError(
            f"target_labels is {target_labels!r}; accepted are one or {len(imgs)} whole numbers from 0 to "
            f"{classes - 1}."
        )
    return tuple(labels)


def _baseline(baseline: Baseline, imgs: torch.Tensor) -> torch.Tensor:
    values = torch.as_tensor(baseline, dtype=imgs.dtype, device=imgs.device)
    try:
        return values.expand_as(imgs)
    except RuntimeError:
        raise InputError(
            f"baseline is {tuple(values.shape)}; accepted is a number or a tensor that broadcasts to "
            f"{tuple(imgs.shape)}."
        ) from None


def _spread(sigma: float) -> float:
    if not sigma >= 0:
        raise InputError(f"sigma is {sigma!r}; a number of at least 0 is accepted.")
    return float(sigma)


def _whole(value: int, name: str, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= high:
        raise InputError(f"{name} is {value!r}; a whole number from 1 to {high} is accepted.")
    return value


__all__: list[str] = [
    "deletion",
    "insertion",
    "integrated_gradients",
    "noisy",
    "occlusion",
    "smoothgrad",
    "vanilla_gradients",
]
