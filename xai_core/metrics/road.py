"""ROAD, remove and debias: the score as the most and the least important pixels are replaced by a noisy
linear guess from their neighbours, which keeps the mask's shape from giving the class away.

    a hidden pixel is the weighted mean of its eight neighbours (1/6 beside it, 1/12 across), all at once,
    plus noise;   combined = mean over the percentages of (s least first - s most first) / 2

Rong, Leemann, Borisov, Kasneci and Kasneci, A Consistent and Efficient Evaluation Strategy for Attribution
Methods, ICML 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..network.batches import onto, run_batches
from ..network.handle import ModelHandle
from ..network.scores import probabilities
from ..types import Explanation, ImageInput, InputError
from .removal import order_of

PERCENTS = (20, 40, 60, 80)
NOISE = 0.01  # standard deviation, in normalised units
NEIGHBOURS = [
    ((dy, dx), 1 / 6 if dy == 0 or dx == 0 else 1 / 12)
    for dy in (-1, 0, 1)
    for dx in (-1, 0, 1)
    if (dy, dx) != (0, 0)
]


@dataclass(frozen=True, eq=False)
class Road:
    """Probabilities of the target: `whole` of the picture, `most_first` and `least_first` (P,) with the most
    and the least important `percents` of the pixels replaced; `combined` (-0.5..0.5), larger is better."""

    percents: np.ndarray
    most_first: np.ndarray
    least_first: np.ndarray
    whole: float

    @property
    def combined(self) -> float:
        return float(np.mean(self.least_first - self.most_first) / 2)


def road(
    handle: ModelHandle,
    image: ImageInput,
    e: Explanation,
    percents: Sequence[float] = PERCENTS,
    noise: float = NOISE,
    seed: int = 0,
) -> Road:
    """2 P + 1 inputs. Raises InputError for percentages outside 0..100."""
    if not percents or min(percents) <= 0 or max(percents) >= 100:
        raise InputError(f"percents is {list(percents)!r}; numbers between 0 and 100 are accepted.")
    handle.check_target(e.target)
    values = e.upsampled()
    generator = torch.Generator().manual_seed(seed)
    x = handle.preprocess(image).cpu()
    inputs = [x]
    for ranked in (order_of(values), order_of(-values)):
        inputs += [imputed(x, ranked < round(p / 100 * values.size), noise, generator) for p in percents]
    batch = onto(torch.cat(inputs), handle.device)
    with handle.session():
        scorer = handle.scorer

        def work(start: int, stop: int) -> torch.Tensor:
            with torch.inference_mode():
                part = batch[start:stop].contiguous(memory_format=torch.channels_last)
                return probabilities(scorer(part).cpu().double(), handle.activation)[:, e.target]

        found = run_batches(work, len(batch), handle.device, handle.progress()).numpy()
    count = len(percents)
    return Road(np.array(percents, float), found[1 : count + 1], found[count + 1 :], float(found[0]))


def imputed(x: torch.Tensor, hidden: np.ndarray, noise: float, generator: torch.Generator) -> torch.Tensor:
    """(1, C, H, W) with the pixels of `hidden` (H, W) replaced by their neighbours' mean, solved for all of
    them at once, plus Gaussian noise."""
    from scipy.sparse import coo_array, csc_array
    from scipy.sparse.linalg import splu

    number = np.full(hidden.shape, -1)
    places = np.argwhere(hidden)
    if not len(places):
        return x.clone()
    number[tuple(places.T)] = np.arange(len(places))
    pixels = x[0].permute(1, 2, 0).double().numpy()
    known = np.zeros((len(places), pixels.shape[2]))
    weight_sum = np.zeros(len(places))
    rows, columns, weights = [], [], []
    for offset, weight in NEIGHBOURS:
        beside = places + offset
        inside = ((beside >= 0) & (beside < hidden.shape)).all(1)
        weight_sum[inside] += weight
        index = np.flatnonzero(inside)
        y, z = beside[inside].T
        unknown = number[y, z] >= 0
        rows.append(index[unknown])
        columns.append(number[y, z][unknown])
        weights.append(np.full(int(unknown.sum()), -weight))
        known[index[~unknown]] += weight * pixels[y, z][~unknown]
    everyone = np.arange(len(places))
    entries = (
        np.concatenate([*weights, weight_sum]),
        (np.concatenate([*rows, everyone]), np.concatenate([*columns, everyone])),
    )
    system = coo_array(entries, shape=(len(places), len(places)))
    solved = splu(csc_array(system)).solve(known)
    solved += noise * torch.randn(solved.shape, generator=generator, dtype=torch.float64).numpy()
    filled = pixels.copy()
    filled[tuple(places.T)] = solved
    return torch.from_numpy(filled).permute(2, 0, 1)[None].to(x)
