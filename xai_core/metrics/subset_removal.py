"""Sensitivity-n and MuFidelity: does the sum of a map over a random part of the picture predict by how much
the score falls without that part?

    r_n           = corr over random sets S of n superpixels of  sum_{i in S} M_i  and  s(x) - s(x without S)
    sensitivity-n = mean of r_n over the sizes n
    MuFidelity    = r_n at one size, a fifth of the superpixels

corr is Pearson's, -1..1, larger is better; a map that knows nothing has about 0. M_i is the map's sum over
superpixel i, s a logit, and what is hidden takes the baseline's colour. A map whose sums predict every drop
exactly (Integrated Gradients of a linear network, with the same baseline) has 1 at every size.

Where libraries deviate. Quantus 0.6.0: SensitivityN draws no sets; it hides the most important features step
by step, compares the drop of all that is hidden with the map's sum over the last step alone, correlates over
the pictures of the first batch instead of over sets, and counts each colour channel as a feature.
FaithfulnessCorrelation is the formula above with sets of 224 channel values, however large the picture is.
Xplique 2.0.2: MuFidelity takes Spearman's correlation instead of Pearson's, and 0 where a side is constant.

Ancona, Ceolini, Oztireli and Gross, Towards Better Understanding of Gradient-based Attribution Methods for
Deep Neural Networks, ICLR 2018; Bhatt, Weller and Moura, Evaluating and Aggregating Feature-based Model
Explanations, IJCAI 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..inputs import superpixels as regions
from ..network.handle import ModelHandle
from ..network.scores import Score
from ..scoring.perturbations import score_inputs
from ..types import Explanation, ImageInput, InputError, IsCancelled, OnProgress
from .agreement import pearson
from .cells import cells_of

SIZES, LARGEST = 6, 0.8  # sensitivity-n: sizes from one superpixel to this share of them, in equal ratios
SETS = 50  # drawn for each size of sensitivity-n
PART, MU_SETS = 0.2, 200  # MuFidelity: the share of the superpixels in a set, and how many sets are drawn


@dataclass(frozen=True, eq=False)
class SubsetRemoval:
    """`sizes` (K,) of the sets; `predicted` and `measured` float64 (K, R): the map's sum over each set, and
    the drop of the score without it."""

    sizes: np.ndarray
    predicted: np.ndarray
    measured: np.ndarray

    @property
    def correlations(self) -> np.ndarray:
        """r_n (K,), -1..1; NaN at a size where map or score does not change."""
        pairs = zip(self.predicted, self.measured, strict=True)
        return np.array([pearson(one, other) for one, other in pairs])

    @property
    def mean(self) -> float:
        """The mean of r_n over the sizes that have one; NaN without any."""
        known = self.correlations[~np.isnan(self.correlations)]
        return float(known.mean()) if len(known) else float("nan")


def subset_removal(
    handle: ModelHandle,
    image: ImageInput,
    e: Explanation,
    sizes: Sequence[int],
    sets: int = SETS,
    superpixel: int | str = 8,
    baseline: str = "black",
    probability: bool = False,
    segments: np.ndarray | None = None,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> SubsetRemoval:
    """`sets` random sets of each size: len(sizes) `sets` + 1 inputs. Raises InputError for sizes that are not
    1 to d - 1, and for fewer than two sets."""
    cells = cells_of(handle, superpixel, segments)
    count = int(cells.max()) + 1
    if not len(sizes) or min(sizes) < 1 or max(sizes) >= count:
        raise InputError(f"sizes is {list(sizes)!r}; numbers from 1 to {count - 1} are accepted.")
    if sets < 2:
        raise InputError(f"sets is {sets!r}; 2 or more are accepted.")
    random = np.random.default_rng(seed)
    hidden = np.zeros((len(sizes), sets, count), bool)
    for row, size in enumerate(sizes):
        for one in range(sets):
            hidden[row, one, random.permutation(count)[:size]] = True
    flat = hidden.reshape(-1, count)
    work = handle.progress(progress, cancelled, len(flat) + 1)
    with handle.session():
        x = handle.preprocess(image)
        b = regions.baseline(x, baseline, handle.grid, torch.Generator().manual_seed(seed))
        rows = torch.from_numpy(np.concatenate([np.zeros_like(flat[:1]), flat])).to(x.device)
        places = torch.from_numpy(cells).to(x.device)

        def make(start: int, stop: int) -> torch.Tensor:
            return torch.where(rows[start:stop][:, places][:, None], b, x)

        score = Score((e.target,), probability=probability, activation=handle.activation)
        found = score_inputs(handle.scorer, make, len(rows), score, x.device, work).cpu().double().numpy()
    sums = np.bincount(cells.ravel(), e.upsampled().ravel().astype(np.float64))
    return SubsetRemoval(np.array(sizes), hidden @ sums, (found[0] - found[1:]).reshape(len(sizes), sets))


def sizes_of(count: int) -> list[int]:
    """The sizes of sensitivity-n for `count` superpixels."""
    largest = max(1, min(count - 1, round(LARGEST * count)))
    return sorted({round(float(size)) for size in np.geomspace(1, largest, SIZES)})


def part_of(count: int) -> int:
    """The size of MuFidelity's sets for `count` superpixels."""
    return max(1, min(count - 1, round(PART * count)))
