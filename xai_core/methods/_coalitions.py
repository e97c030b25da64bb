"""Which coalitions of superpixels Kernel SHAP scores, and their weights in its regression.

    k(S) = (d - 1) / (C(d, |S|) |S| (d - |S|));   l(S) = 1 / C(d, |S|), the leverage score of S

All coalitions of a size have the same leverage score, and together the same as those of any other size. With
"leverage" every size therefore gets about as many coalitions as any other, drawn without replacement, and a
size with fewer gets all it has; the sizes are dealt out evenly instead of drawn, which leaves less to chance
than the paper's scheme. The coalitions of a size share the weight that all of that size have. With
"enumerated" the sizes with the largest weight are taken whole, and coalitions of the others are drawn by
their weight. In both each coalition comes with its complement.

Musco and Witter, Provably Accurate Shapley Value Estimation via Leverage Score Sampling, ICLR 2025; Lundberg
and Lee, A Unified Approach to Interpreting Model Predictions, NeurIPS 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

LEVERAGE, ENUMERATED = "leverage", "enumerated"
SLACK = 1.05  # the budget may be exceeded by this factor if that gives exact values
LISTED = 20_000  # coalitions of a size up to which a random order of all of them is drawn


class Coalitions(NamedTuple):
    """Coalitions bool (M, d) without the empty and the full one, of which the first `fixed` owe nothing to
    chance. `weigh(numbers)` gives the regression weights of some of them."""

    keep: np.ndarray
    fixed: int
    weigh: Callable[[np.ndarray], np.ndarray]


def coalitions(count: int, samples: int, draw: str, random: np.random.Generator) -> Coalitions:
    """About `samples` coalitions of `count` superpixels, in pairs of complements; all, if they are at most
    1.05 times as many."""
    if draw == ENUMERATED:
        keep, weights, fixed = enumerated_coalitions(count, samples, random)

        def weigh(numbers: np.ndarray) -> np.ndarray:
            """Those that were drawn share the weight of all that could be drawn."""
            found, by_chance = weights[numbers], numbers >= fixed
            if by_chance.any():
                found[by_chance] = weights[fixed:].sum() / by_chance.sum()
            return found

        return Coalitions(keep, fixed, weigh)
    every = 2**count - 2
    keep = leverage_coalitions(count, every if every <= SLACK * samples else samples, random)
    fixed = every if len(keep) == every else 0
    return Coalitions(keep, fixed, lambda numbers: leverage_weights(keep[numbers]))


def leverage_coalitions(count: int, samples: int, random: np.random.Generator) -> np.ndarray:
    """bool (M, count), M at most `samples`, in pairs of complements. All sizes have about the same share of
    every beginning of the list."""
    if count == 1:
        return np.zeros((0, 1), bool)
    numbers = _pairs_of_each_size(count, samples // 2)
    places, rows = [], []
    for size, number in numbers.items():
        rows += _distinct(count, size, number, random)
        places += ((np.arange(number) + random.random(number)) / max(number, 1)).tolist()
    first = np.array(rows)[np.argsort(places)]
    return np.stack([first, ~first], 1).reshape(-1, count)


def leverage_weights(keep: np.ndarray) -> np.ndarray:
    """The regression weights (M,) of these coalitions: those of one size share the weight of all of that
    size, (d - 1) / (size (d - size))."""
    count, sizes = keep.shape[1], keep.sum(1)
    drawn = np.bincount(sizes, minlength=count + 1)
    return (count - 1) / (sizes * (count - sizes)) / drawn[sizes]


def _pairs_of_each_size(count: int, pairs: int) -> dict[int, int]:
    """How many pairs are drawn whose smaller part has 1, 2, .. superpixels: equally many, but no more than
    there are."""
    most = {size: comb(count, size) // (1 + (2 * size == count)) for size in range(1, count // 2 + 1)}
    numbers, left = {}, pairs
    for place, size in enumerate(sorted(most, key=most.__getitem__)):
        numbers[size] = min(most[size], left // (len(most) - place))
        left -= numbers[size]
    return numbers


def _distinct(count: int, size: int, number: int, random: np.random.Generator) -> list[np.ndarray]:
    """`number` different coalitions of this size, as bool (count,); of half the superpixels one a pair."""
    half = 2 * size == count
    if comb(count, size) <= LISTED:
        every = [members for members in combinations(range(count), size) if not half or 0 in members]
        return [_row(count, every[place]) for place in random.permutation(len(every))[:number]]
    found: dict[tuple[int, ...], np.ndarray] = {}
    while len(found) < number:
        row = _row(count, random.permutation(count)[:size])
        row = ~row if half and not row[0] else row
        found[tuple(np.flatnonzero(row))] = row
    return list(found.values())


def enumerated_coalitions(
    count: int, samples: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, int]:
    """The coalitions bool (M, count) without the empty and the full one, their regression weights (M,), and
    how many of them were enumerated; those come first."""
    if count == 1:
        return np.zeros((0, 1), bool), np.zeros(0), 0
    sizes = np.arange(1, count)
    total = (count - 1) / (sizes * (count - sizes))  # of all coalitions of a size together
    left = samples if 2**count - 2 > SLACK * samples else 2**count - 2
    rows, weights, fixed = [], [], 0
    for small in range(1, count // 2 + 1):
        both = {small, count - small}
        number = sum(comb(count, size) for size in both)
        open_sizes = [int(size) for size in sizes if small <= size <= count - small]
        share = sum(total[size - 1] for size in both) / sum(total[size - 1] for size in open_sizes)
        if left * share < number * (1 - 1e-9):
            drawn = _drawn(count, open_sizes, total, left, random)
            rows += drawn
            weights += [sum(total[size - 1] for size in open_sizes) / max(len(drawn), 1)] * len(drawn)
            break
        for size in both:
            chosen = [_row(count, members) for members in combinations(range(count), size)]
            rows += chosen
            weights += [total[size - 1] / len(chosen)] * len(chosen)
        left, fixed = left - number, len(rows)
    return np.array(rows), np.array(weights), fixed


def _drawn(
    count: int, sizes: list[int], total: np.ndarray, number: int, random: np.random.Generator
) -> list[np.ndarray]:
    """`number` coalitions of these sizes, drawn with probability proportional to the weight of their size,
    each followed by its complement."""
    weight = np.array([total[size - 1] for size in sizes])
    rows = []
    for size in random.choice(sizes, size=number // 2, p=weight / weight.sum()):
        row = _row(count, random.permutation(count)[:size])
        rows += [row, ~row]
    return rows


def _row(count: int, members: tuple[int, ...] | np.ndarray) -> np.ndarray:
    row = np.zeros(count, bool)
    row[list(members)] = True
    return row
