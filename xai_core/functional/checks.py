"""What the functions for any module check of their arguments, and the state in which they run the module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from ..engine.attribute import Labels
from ..network.outputs import as_rows
from ..network.scores import OwnScore, Score
from ..types import InputError, ScoreFunction

Baseline = torch.Tensor | float


@contextmanager
def ready(
    imgs: torch.Tensor,
    model: nn.Module,
    target_labels: Labels | None,
    score: ScoreFunction | None = None,
    probability: bool = False,
) -> Iterator[Score]:
    """The checked score. For the length of the block the module is in eval mode and frozen, and its answer is
    one row a picture."""
    one_of(target_labels, score)
    with frozen(imgs, model):
        if score is None:
            assert target_labels is not None
            yield Score(labels(target_labels, imgs, model), probability=probability)
            return
        with as_rows(model, imgs) as form:
            yield Score.of_own(OwnScore(score, form), len(imgs))


@contextmanager
def frozen(imgs: torch.Tensor, model: nn.Module) -> Iterator[None]:
    """The module in eval mode and with frozen parameters for the length of the block."""
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
        yield
    finally:
        for module, training in modes:
            module.training = training
        for parameter, requires_grad in frozen:
            parameter.requires_grad_(requires_grad)


def one_of(target_labels: Labels | None, score: ScoreFunction | None) -> None:
    if (target_labels is None) == (score is None):
        both = "neither was" if score is None else "both were"
        raise InputError(f"target_labels or score is accepted, one of the two; {both} given.")
    if score is not None and not callable(score):
        raise InputError(f"score is {score!r}; a function of what the module returns is accepted.")


def labels(target_labels: Labels, imgs: torch.Tensor, model: nn.Module) -> tuple[int, ...]:
    """One class index an image."""
    given = torch.as_tensor(target_labels).flatten().tolist()
    labels = given * len(imgs) if len(given) == 1 else given
    with torch.inference_mode():
        logits = model(imgs[:1])
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2:
        raise InputError("The module returns no logits (N, K), so it has no classes; give score instead.")
    classes = logits.shape[1]
    whole = all(isinstance(label, int) and 0 <= label < classes for label in labels)
    if len(labels) != len(imgs) or not whole:
        raise InputError(
            f"target_labels is {target_labels!r}; accepted are one or {len(imgs)} whole numbers from 0 to "
            f"{classes - 1}."
        )
    return tuple(labels)


def baseline_of(baseline: Baseline, imgs: torch.Tensor) -> torch.Tensor:
    values = torch.as_tensor(baseline, dtype=imgs.dtype, device=imgs.device)
    try:
        return values.expand_as(imgs)
    except RuntimeError:
        raise InputError(
            f"baseline is {tuple(values.shape)}; accepted is a number or a tensor that broadcasts to "
            f"{tuple(imgs.shape)}."
        ) from None


def spread(sigma: float) -> float:
    if not sigma >= 0:
        raise InputError(f"sigma is {sigma!r}; a number of at least 0 is accepted.")
    return float(sigma)


def whole(value: int, name: str, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= high:
        raise InputError(f"{name} is {value!r}; a whole number from 1 to {high} is accepted.")
    return value
