"""Infidelity and max-sensitivity: does a map predict what happens, and does it stay when the picture hardly
changes?

    infidelity      = mean over random squares R of (b sum_{i in R} M_i - (s(x) - s(x without R)))^2
    b               = sum(predicted * measured) / sum(predicted^2), the scale that suits the map best
    max-sensitivity = max over noise d, |d|_inf <= r, of ||M(x + d) - M(x)|| / ||M(x)||

Yeh, Hsieh, Suggala, Inouye and Ravikumar, On the (In)fidelity and Sensitivity of Explanations, NeurIPS 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from ..engine.explain import explain_many
from ..inputs import superpixels
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..network.scores import Score
from ..scoring.perturbations import score_inputs
from ..types import Explanation, ImageInput, InputError, IsCancelled, OnProgress, Request


@dataclass(frozen=True, eq=False)
class Infidelity:
    """`value` in squared units of the score (0 is best) and `scale`, the b above. `predicted` and `measured`
    (n,) are the map's sum over each square, and the drop of the score; `correlation` is theirs."""

    value: float
    scale: float
    predicted: np.ndarray
    measured: np.ndarray

    @property
    def correlation(self) -> float:
        if not (np.ptp(self.predicted) and np.ptp(self.measured)):
            return float("nan")
        return float(np.corrcoef(self.predicted, self.measured)[0, 1])


def infidelity(
    handle: ModelHandle,
    image: ImageInput,
    e: Explanation,
    squares: int = 100,
    side: float = 0.2,
    baseline: str = "black",
    probability: bool = False,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Infidelity:
    """`squares` + 1 inputs. The squares have `side` of the shorter side of the picture and lie anywhere in
    it. Raises InputError for a side that is not in 0..1."""
    if not 0 < side < 1 or squares < 2:
        raise InputError(
            f"side is {side!r} and squares {squares!r}; between 0 and 1, and 2 or more are accepted."
        )
    masks = _squares(handle.input_size, squares, side, seed)
    with handle.session():
        x = handle.preprocess(image)
        b = superpixels.baseline(x, baseline, handle.grid, torch.Generator().manual_seed(seed))
        hidden = torch.from_numpy(np.concatenate([np.zeros_like(masks[:1]), masks])).to(x.device)

        def make(start: int, stop: int) -> torch.Tensor:
            return torch.where(hidden[start:stop, None], b, x)

        score = Score((e.target,), probability=probability, activation=handle.activation)
        work = handle.progress(progress, cancelled, len(hidden))
        scores = score_inputs(handle.scorer, make, len(hidden), score, x.device, work).cpu().double().numpy()
    predicted = np.tensordot(masks, e.upsampled().astype(np.float64), 2)
    return scaled_infidelity(predicted, scores[0] - scores[1:])


def scaled_infidelity(predicted: np.ndarray, measured: np.ndarray) -> Infidelity:
    """From both sides of the equation; a map that predicts nothing has scale 0."""
    size = float(predicted @ predicted)
    scale = float(predicted @ measured) / size if size > 0 else 0.0
    return Infidelity(float(np.mean((scale * predicted - measured) ** 2)), scale, predicted, measured)


def max_sensitivity(
    handle: ModelHandle,
    image: ImageInput,
    request: Request,
    radius: float = 4.0,
    samples: int = 8,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> float:
    """0 for a map that stays; `radius` in steps of the 8-bit picture. One map for each sample and one more.
    NaN for a map that is zero everywhere. Raises InputError for a request without a target."""
    if request.target is None:
        raise InputError("The request has no target; noise may change the prediction, so one is needed.")
    work = Progress(progress, cancelled, samples + 1)
    view = handle.view(image)
    (first,) = explain_many(handle, ImageInput(view, "squash"), [request])
    work.advance(1)
    size = float(np.linalg.norm(first.heatmap))
    worst = 0.0
    for moved in neighbours(view, radius, samples, seed):
        work.check()
        (other,) = explain_many(handle, moved, [request])
        worst = max(worst, float(np.linalg.norm(other.heatmap - first.heatmap)))
        work.advance(1)
    return worst / size if size > 0 else float("nan")


def neighbours(view: np.ndarray, radius: float, samples: int, seed: int) -> Iterator[ImageInput]:
    """The uint8 picture `view` (H, W, 3), which has the size of the model's input, with noise drawn evenly
    from -radius..radius, as `samples` 8-bit pictures."""
    random = np.random.default_rng(seed)
    for _ in range(samples):
        moved = np.rint(view + random.uniform(-radius, radius, view.shape)).clip(0, 255).astype(np.uint8)
        yield ImageInput(moved, "squash")


def _squares(size: tuple[int, int], count: int, side: float, seed: int) -> np.ndarray:
    """bool (count, H, W)."""
    random = np.random.default_rng(seed)
    length = max(1, round(side * min(size)))
    tops, lefts = (random.integers(0, n - length + 1, count) for n in size)
    rows, columns = (np.arange(n) for n in size)
    down = (rows >= tops[:, None]) & (rows < tops[:, None] + length)
    across = (columns >= lefts[:, None]) & (columns < lefts[:, None] + length)
    return down[:, :, None] & across[:, None, :]
