"""How well people's marks meet a map: the share of them in its hottest fifth, against two controls.

    share = |marks in H| / n,    H = the p per cent of the map's pixels that are highest (p = 20)

Chance is the share of the picture that H covers: a mark set anywhere at random falls into H with that
probability. People look at the middle of pictures, so the second control is the middle itself: as large a
part of the picture around its centre (Tatler, The central fixation bias, Journal of Vision 2007). Pointing
follows Zhang et al., Excitation Backprop, IJCV 2018, with the roles turned: people point, and the map is the
region."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..metrics.agreement import highlighted
from ..metrics.bands import interval
from ..metrics.paired import paired
from ..types import InputError

PERCENT = 20.0
NEEDED = 5  # marks, from which on a sentence says more than how many there are


@dataclass(frozen=True)
class Agreement:
    """`hits` of `marks` lie in the map's hottest part, `middle` of them in as large a part around the centre;
    `low` and `high` are Wilson's 95 % interval of the share of hits, `chance` the share of the picture that
    the hottest part covers. `gap` is the share of hits less that of the middle with its 95 % interval
    `gap_low`..`gap_high`. Shares 0..1; NaN where there is none."""

    marks: int
    hits: int
    middle: int
    chance: float
    low: float
    high: float
    gap: float
    gap_low: float
    gap_high: float

    @property
    def share(self) -> float:
        """The share of marks in the hottest part."""
        return self.hits / self.marks if self.marks else float("nan")

    def numbers(self) -> dict[str, Any]:
        """All of it by name, for a table; None stands for what is not there."""
        found = {"share": self.share, **asdict(self)}
        return {name: None if value != value else value for name, value in found.items()}


def agreement(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> Agreement:
    """Of a map (H, W) on the model's input grid and marks x, y (n,) in shares of its width and height. A map
    without a positive value has no hottest part, which is an InputError."""
    hot = highlighted(values, percent=PERCENT)
    if not hot.any():
        raise InputError("The map has no positive value, so it points at no place that marks could meet.")
    rows, columns = cells(x, y, hot.shape)
    hits, middle = hot[rows, columns], middle_of(hot)[rows, columns]
    count = len(hits)
    low = high = gap = gap_low = gap_high = float("nan")
    if count:
        low, high = interval(int(hits.sum()), count)
        found = paired(hits.astype(float), middle.astype(float))
        gap, gap_low, gap_high = found.mean, found.low, found.high
    return Agreement(
        count, int(hits.sum()), int(middle.sum()), float(hot.mean()), low, high, gap, gap_low, gap_high
    )


def cells(x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a map (H, W) on which marks in shares 0..1 fall."""
    height, width = size
    rows = np.minimum((np.asarray(y) * height).astype(int), height - 1)
    columns = np.minimum((np.asarray(x) * width).astype(int), width - 1)
    return rows, columns


def middle_of(hot: np.ndarray) -> np.ndarray:
    """bool (H, W): as many pixels as `hot` has, those that are nearest to the centre, in shares of the two
    sides."""
    height, width = hot.shape
    down = (np.arange(height) + 0.5) / height - 0.5
    across = (np.arange(width) + 0.5) / width - 0.5
    distance = np.hypot(down[:, None], across[None, :]).ravel()
    nearest = np.argsort(distance, kind="stable")[: int(hot.sum())]
    found = np.zeros(hot.size, bool)
    found[nearest] = True
    return found.reshape(hot.shape)


def sentence(found: Agreement) -> str:
    """What the marks say, chance first."""
    if found.marks < NEEDED:
        count = {0: "Nobody has", 1: "1 person has"}.get(found.marks, f"{found.marks} people have")
        return f"{count} marked the picture: too few to say how well marks and map agree."
    lies = "lies" if found.hits == 1 else "lie"
    numbers = (
        f"{found.hits} of {found.marks} marks {lies} in the hottest part of the map, where "
        f"{100 * found.chance:.0f} % would by chance (95 % interval {100 * found.low:.0f} to "
        f"{100 * found.high:.0f} %)"
    )
    middle = f"as large a part around the centre of the picture holds {found.middle}"
    if found.high < found.chance:
        return f"The marks avoid what the map shows: {numbers}; {middle}."
    if found.low <= found.chance:
        return f"The marks meet the map no better than chance would: {numbers}; {middle}."
    if not found.gap_low > 0:
        return (
            f"The marks meet the map better than chance would, but not better than they meet the middle of "
            f"the picture: {numbers}; {middle}."
        )
    return f"The marks meet the map better than chance, and better than the middle: {numbers}; {middle}."
