"""Sensitivity-n (`subset_removal` has formula, range and deviations): one number over several sizes.

Ancona, Ceolini, Oztireli and Gross, Towards Better Understanding of Gradient-based Attribution Methods for
Deep Neural Networks, ICLR 2018.
"""

from __future__ import annotations

import numpy as np

from ..network.handle import ModelHandle
from ..types import Explanation, ImageInput, IsCancelled
from ._quality import HIGHER, Quality
from .case import Case
from .cells import cells_of
from .subset_removal import SETS, SIZES, SubsetRemoval, sizes_of, subset_removal


def sensitivity_n(
    handle: ModelHandle,
    image: ImageInput,
    e: Explanation,
    sets: int = SETS,
    superpixel: int | str = 8,
    baseline: str = "black",
    segments: np.ndarray | None = None,
    seed: int = 0,
    cancelled: IsCancelled | None = None,
) -> SubsetRemoval:
    """Sizes from one superpixel to four fifths of them, `sets` random sets of each; `mean` is the number.
    Raises InputError as `subset_removal` does."""
    sizes = sizes_of(int(cells_of(handle, superpixel, segments).max()) + 1)
    return subset_removal(
        handle, image, e, sizes, sets, superpixel, baseline, False, segments, seed, cancelled=cancelled
    )


def _value(case: Case) -> float:
    side = case.superpixel
    return sensitivity_n(case.handle, case.image, case.e, superpixel=side, cancelled=case.cancelled).mean


QUALITY = Quality(
    "sensitivity_n",
    "Sensitivity-n",
    _value,
    HIGHER,
    "-1 to 1; a map that knows nothing is near 0",
    "correlation of the map's sum over random parts with the drop without them, over six sizes of the parts; "
    "larger is better",
    formula=r"r_n=\mathrm{corr}_{|S|=n}\Bigl(\sum_{i\in S}M_i,\;s(x)-s(x\setminus S)\Bigr)",
    reading=(
        "Random sets of squares are blacked out. Does the map's sum over a set predict by how much the logit "
        "falls? The mean correlation over set sizes from one square to four fifths of them."
    ),
    paper="Ancona et al., ICLR 2018",
    url="https://arxiv.org/abs/1711.06104",
    inputs=SIZES * SETS,
)
