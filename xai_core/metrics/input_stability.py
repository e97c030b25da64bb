"""Local Lipschitz estimate and relative input stability: how far the map moves while the picture hardly does.

    L   = max_x'  ||M(x) - M(x')|| / (||M(x)|| ||x - x'||)
    RIS = max_x'  || (M(x) - M(x')) / M(x) || / || (x - x') / x ||

x' are copies of x with noise of a few 8-bit steps. Pixels count from 0 to 1, norms are Euclidean, and arrays
are divided value by value. In RIS only the copies count that are classified like x. Both are 0 for a map that
stays, and have no upper end; smaller is better. A map that does not look at the picture is perfectly stable,
so neither speaks for a map by itself.

The paper of L does not divide by ||M(x)||; without that, maps in different units cannot be compared, and
`scaled=False` leaves it out. RIS divides by values that may be 0: |M(x)| counts as at least a thousandth
(`floor`) of its maximum, and |x| as at least one 8-bit step.

Where Quantus 0.6.0 deviates: RelativeInputStability replaces only values that are exactly 0, by 1e-6, so that
one pixel near 0 can decide the result, and is NaN for a picture as soon as one copy is classified otherwise.
LocalLipschitzEstimate divides each map by its own maximum and draws Gaussian noise that has no radius.

Alvarez-Melis and Jaakkola, On the Robustness of Interpretability Methods, 2018; Agarwal, Johnson, Pawelczyk,
Krishna, Saxena, Zitnik and Lakkaraju, Rethinking Stability for Attribution-based Explanations, 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..engine.explain import explain_many, predict
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, IsCancelled, OnProgress, Request
from .sensitivity import neighbours

RADIUS, SAMPLES = 4.0, 8
FLOOR, STEP = 1e-3, 1 / 255


@dataclass(frozen=True)
class InputStability:
    """`lipschitz` and `relative` (RIS), 0 or more; NaN for a map that is zero everywhere, and RIS where no
    copy is classified like the picture. `kept` is how many copies are, of `samples`."""

    lipschitz: float
    relative: float
    kept: int
    samples: int


def local_lipschitz(
    values: np.ndarray,
    moved: Sequence[np.ndarray],
    x: np.ndarray,
    moved_x: Sequence[np.ndarray],
    scaled: bool = True,
) -> float:
    """L of a map and its copies' maps, of any one shape, and of the inputs, of any one shape."""
    size = float(np.linalg.norm(values)) if scaled else 1.0
    ratios = [
        np.linalg.norm(values - other) / np.linalg.norm(x - copy)
        for other, copy in zip(moved, moved_x, strict=True)
    ]
    return float(max(ratios)) / size if size > 0 and ratios else float("nan")


def relative_input_stability(
    values: np.ndarray,
    moved: Sequence[np.ndarray],
    x: np.ndarray,
    moved_x: Sequence[np.ndarray],
    floor: float = FLOOR,
) -> float:
    """RIS of the same; `x` lies in 0..1."""
    if not values.any() or not len(moved):
        return float("nan")
    least = np.maximum(np.abs(values), floor * np.abs(values).max())
    beneath = np.maximum(np.abs(x), STEP)
    ratios = [
        np.linalg.norm((values - other) / least) / np.linalg.norm((x - copy) / beneath)
        for other, copy in zip(moved, moved_x, strict=True)
    ]
    return float(max(ratios))


def input_stability(
    handle: ModelHandle,
    image: ImageInput,
    request: Request,
    radius: float = RADIUS,
    samples: int = SAMPLES,
    scaled: bool = True,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> InputStability:
    """One map and one prediction of the picture and of each of `samples` copies, which lie within `radius`
    8-bit steps. Maps are compared at their own resolution. Raises InputError without a target, for a radius
    under one step, and without samples."""
    if request.target is None:
        raise InputError("The request has no target; noise may change the prediction, so one is needed.")
    if radius < 1 or samples < 1:
        raise InputError(f"radius is {radius!r} and samples {samples!r}; 1 or more of each are accepted.")
    work = Progress(progress, cancelled, samples + 1)
    view = handle.view(image)
    pictures = [ImageInput(view, "squash"), *neighbours(view, radius, samples, seed)]
    maps, inputs, classes = [], [], []
    for one in pictures:
        work.check()
        (e,) = explain_many(handle, one, [request], cancelled=cancelled)
        maps.append(e.heatmap.astype(np.float64))
        inputs.append(one.pixels / 255.0)
        classes.append(predict(handle, one, 1)[0].index)
        work.advance(1)
    alike = [n for n in range(1, len(pictures)) if classes[n] == classes[0]]
    return InputStability(
        local_lipschitz(maps[0], maps[1:], inputs[0], inputs[1:], scaled),
        relative_input_stability(maps[0], [maps[n] for n in alike], inputs[0], [inputs[n] for n in alike]),
        len(alike),
        samples,
    )
