"""The ways to draw samples that are compared, each as the rows to be scored and the map that their scores
give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from xai_core.methods._coalitions import ENUMERATED, coalitions, leverage_coalitions, leverage_weights
from xai_core.methods._pairs import INDEPENDENT, PAIRS, chosen, followed_by, halves_of
from xai_core.methods.kernel_shap import shapley_regression
from xai_core.methods.lime import fit_surrogate, random_masks

from .scored import GRID, Picture, masks_of

POOL = 1000  # samples of one draw that are cut into smaller draws
MOST = 2  # draws of a number of samples where each is drawn by itself
Estimate = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (numbers of rows, scores of all) -> map


@dataclass(frozen=True)
class Draw:
    """Rows to be scored, the map that chosen ones of them give, and the two halves of a split."""

    rows: np.ndarray
    estimate: Estimate
    halves: tuple[np.ndarray, np.ndarray]

    def map(self, scores: np.ndarray) -> np.ndarray:
        """The map of all rows."""
        return self.estimate(np.arange(len(self.rows)), scores)


@dataclass(frozen=True)
class Scheme:
    """One way to draw for one method. `scores` is the name of the scores that it asks of a picture."""

    method: str
    name: str
    scores: str
    draws: Callable[[Picture, int], list[Draw]]  # (picture, samples): as many draws as the plan has


def _parts(pool: np.ndarray, samples: int) -> Sequence[np.ndarray]:
    return [pool[start : start + samples] for start in range(0, len(pool) - samples + 1, samples)]


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def lime_rows(count: int, samples: int, draw: str, seed: int) -> np.ndarray:
    """bool (samples, count)."""
    return random_masks(count, samples, _seeded(seed), draw).numpy()


def lime_draw(rows: np.ndarray, draw: str) -> Draw:
    """LIME's fit; the whole picture, and with pairs the empty one, come first."""
    rows = rows.copy()
    rows[0] = True
    if draw == PAIRS:
        rows[1] = False

    def estimate(numbers: np.ndarray, scores: np.ndarray) -> np.ndarray:
        return fit_surrogate(rows[numbers], scores[numbers]).coefficients

    return Draw(rows, estimate, halves_of(len(rows), draw))


def _lime(draw: str) -> Callable[[Picture, int], list[Draw]]:
    def draws(picture: Picture, samples: int) -> list[Draw]:
        pool = lime_rows(picture.count, POOL, draw, 1)
        return [lime_draw(rows, draw) for rows in _parts(pool, samples)]

    return draws


def _shap_draw(rows: np.ndarray, weigh: Callable[[np.ndarray], np.ndarray], halves: tuple) -> Draw:
    """Kernel SHAP's regression; the empty and the full coalition are the last two rows."""
    ends = np.array([[False] * rows.shape[1], [True] * rows.shape[1]])

    def estimate(numbers: np.ndarray, scores: np.ndarray) -> np.ndarray:
        chosen_rows = numbers[numbers < len(rows)]
        empty, full = scores[-2:]
        values = scores[chosen_rows] - empty
        return shapley_regression(rows[chosen_rows], weigh(chosen_rows), values, full - empty)

    return Draw(np.concatenate([rows, ends]), estimate, halves)


def enumerated(count: int, samples: int, seed: int) -> Draw:
    """The sizes with the largest weight enumerated, pairs of the others drawn by their weight."""
    rows, fixed, weigh = coalitions(count, samples, ENUMERATED, np.random.default_rng(seed))
    numbers = np.arange(fixed, len(rows))
    halves = tuple(
        np.concatenate([np.arange(fixed), numbers[(numbers - fixed) // 2 % 2 == half]]) for half in (0, 1)
    )
    return _shap_draw(rows, weigh, halves)


def leverage(rows: np.ndarray) -> Draw:
    """Sizes dealt out evenly, with the weights that make up for it."""
    return _shap_draw(rows, lambda numbers: leverage_weights(rows[numbers]), halves_of(len(rows), PAIRS))


def _enumerated(picture: Picture, samples: int) -> list[Draw]:
    return [enumerated(picture.count, samples, 10 + number) for number in range(min(MOST, POOL // samples))]


def _leverage(picture: Picture, samples: int) -> list[Draw]:
    pool = leverage_coalitions(picture.count, POOL, np.random.default_rng(1))
    return [leverage(rows) for rows in _parts(pool, samples)]


def rise_draw(rows: np.ndarray, size: tuple[int, int], draw: str) -> Draw:
    """RISE's weighted mean of the masks."""

    def estimate(numbers: np.ndarray, scores: np.ndarray) -> np.ndarray:
        total = np.zeros(size)
        for part in np.array_split(numbers, max(1, len(numbers) // 64)):
            masks = masks_of(rows[part], size)[:, 0].double()
            total += np.tensordot(scores[part], masks.numpy(), 1)
        return total / (0.5 * len(numbers))

    return Draw(rows, estimate, halves_of(len(rows), draw))


def rise_rows(samples: int, draw: str, seed: int, stratified: bool = False) -> np.ndarray:
    """float32 (samples, 66): cells, then the shift. In pairs both masks have one shift."""
    generator = _seeded(seed)
    cells = chosen(samples, (GRID + 1, GRID + 1), 0.5, draw, generator).flatten(1).float()
    first = (samples + 1) // 2 if draw == PAIRS else samples
    own = _seeded(seed + 100)
    shifts = even_shifts(first, own) if stratified else torch.rand(first, 2, generator=own)
    if draw == PAIRS:
        shifts = followed_by(shifts, shifts, samples)
    return torch.cat([cells, shifts], 1).numpy()


def even_shifts(count: int, generator: torch.Generator) -> torch.Tensor:
    """Shifts (count, 2) that fill the cell evenly: steps of 1 / p and 1 / p^2 from a random start, with
    p = 1.3247, the plastic number."""
    steps = torch.tensor([0.7548776662466927, 0.5698402909980532], dtype=torch.float64)
    start = torch.rand(2, generator=generator, dtype=torch.float64)
    return ((start + torch.arange(count)[:, None] * steps) % 1).float().clamp(max=1 - 1e-6)


def _rise(draw: str, stratified: bool = False) -> Callable[[Picture, int], list[Draw]]:
    def draws(picture: Picture, samples: int) -> list[Draw]:
        pool = rise_rows(POOL, draw, 1, stratified)
        return [rise_draw(rows, picture.segments.shape, draw) for rows in _parts(pool, samples)]

    return draws


SCHEMES = (
    Scheme("lime", "independent", "superpixels", _lime(INDEPENDENT)),
    Scheme("lime", "pairs", "superpixels", _lime(PAIRS)),
    Scheme("kernel_shap", "enumerated, then pairs", "superpixels", _enumerated),
    Scheme("kernel_shap", "leverage scores, pairs", "superpixels", _leverage),
    Scheme("rise", "independent", "rise", _rise(INDEPENDENT)),
    Scheme("rise", "pairs", "rise", _rise(PAIRS)),
    Scheme("rise", "pairs, stratified shifts", "rise", _rise(PAIRS, True)),
)
