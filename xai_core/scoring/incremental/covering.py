"""Covering arrays: few rows of zeros and ones that show given sets of columns all their combinations.

Cohen, Dalal, Fredman and Patton, The AETG system, IEEE Transactions on Software Engineering 23, 1997.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np


def covering(members: np.ndarray, count: int, limit: int) -> np.ndarray | None:
    """bool (P, count) in which the columns of each set show all their combinations of False and True.

    `members` int64 (S, k) holds the sets, filled up with the number `count`. Returns None if more than
    `limit` rows are needed. The search is greedy: each row takes one missing combination from as many sets as
    agree on their common columns."""
    masks = sorted({sum(1 << int(j) for j in row if j < count) for row in members}, key=int.bit_count)
    largest: list[int] = []
    for mask in reversed(masks):
        if not any(mask & other == mask for other in largest):
            largest.append(mask)
    missing = [(mask, set(_subsets(mask))) for mask in largest]
    chance = random.Random(0)
    rows: list[int] = []
    while missing:
        if len(rows) >= limit:
            return None
        row, fixed = 0, 0
        for mask, combinations in sorted(missing, key=lambda one: -len(one[1])):
            common = mask & fixed
            fitting = next((one for one in combinations if not (one ^ row) & common), None)
            if fitting is not None:
                row, fixed = row | fitting, fixed | mask
        row |= chance.getrandbits(count) & ~fixed
        rows.append(row)
        for mask, combinations in missing:
            combinations.discard(row & mask)
        missing = [one for one in missing if one[1]]
    return _bits(rows, count)


def _subsets(mask: int) -> Iterator[int]:
    """Every number whose bits are among those of `mask`."""
    part = mask
    while True:
        yield part
        if not part:
            return
        part = (part - 1) & mask


def _bits(rows: Sequence[int], count: int) -> np.ndarray:
    """bool (P, count): the lowest `count` bits of each number."""
    return np.array([[row >> j & 1 for j in range(count)] for row in rows], bool).reshape(-1, count)
