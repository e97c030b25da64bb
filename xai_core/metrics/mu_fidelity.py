"""MuFidelity, also called faithfulness correlation (`subset_removal` has formula, range and deviations): one
size of the sets, a fifth of the superpixels.

Bhatt, Weller and Moura, Evaluating and Aggregating Feature-based Model Explanations, IJCAI 2020.
"""

from __future__ import annotations

import numpy as np

from ..network.handle import ModelHandle
from ..types import Explanation, ImageInput, IsCancelled
from ._quality import HIGHER, Quality
from .case import Case
from .cells import cells_of
from .subset_removal import MU_SETS, SubsetRemoval, part_of, subset_removal


def mu_fidelity(
    handle: ModelHandle,
    image: ImageInput,
    e: Explanation,
    sets: int = MU_SETS,
    superpixel: int | str = 8,
    baseline: str = "black",
    segments: np.ndarray | None = None,
    seed: int = 0,
    cancelled: IsCancelled | None = None,
) -> SubsetRemoval:
    """`sets` random sets of a fifth of the superpixels; `mean` is the number. Raises InputError as
    `subset_removal` does."""
    size = part_of(int(cells_of(handle, superpixel, segments).max()) + 1)
    return subset_removal(
        handle, image, e, [size], sets, superpixel, baseline, False, segments, seed, cancelled=cancelled
    )


def _value(case: Case) -> float:
    side = case.superpixel
    return mu_fidelity(case.handle, case.image, case.e, superpixel=side, cancelled=case.cancelled).mean


QUALITY = Quality(
    "mu_fidelity",
    "MuFidelity",
    _value,
    HIGHER,
    "-1 to 1; a map that knows nothing is near 0",
    "the same correlation for parts of a fifth of the picture; larger is better",
    formula=r"\mu_F=\mathrm{corr}_{|S|=d/5}\Bigl(\sum_{i\in S}M_i,\;s(x)-s(x\setminus S)\Bigr)",
    reading="As sensitivity-n, with sets of one size: a fifth of the squares.",
    paper="Bhatt et al., IJCAI 2020",
    url="https://arxiv.org/abs/2005.00631",
    inputs=MU_SETS,
)
