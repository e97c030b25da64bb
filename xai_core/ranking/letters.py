"""Groups of methods that cannot be told apart, as letters.

Two methods share a letter exactly if they are not told apart. "Not told apart" is no equality: a may not be
told apart from b, nor b from c, and yet a from c; then b has the letter of a and the letter of c. Each letter
is a largest set in which no two are told apart. Found by inserting each difference and absorbing what is
contained in another set.

Piepho, An algorithm for a letter-based representation of all-pairwise comparisons, Journal of Computational
and Graphical Statistics 13, 2004."""

from __future__ import annotations

import string

import numpy as np


def groups(better: np.ndarray, order: np.ndarray) -> list[frozenset[int]]:
    """The sets of methods that share a letter. `better` is bool (k, k): i is told apart as better than j;
    `order` (k,) lists the methods from the best to the worst, and the sets begin with the best."""
    found = [frozenset(range(len(order)))]
    for i, j in zip(*np.nonzero(better), strict=True):
        split = [part for old in found for part in _without(old, int(i), int(j))]
        unique = list(dict.fromkeys(split))
        found = [one for one in unique if not any(one < other for other in unique)]
    place = {int(method): number for number, method in enumerate(order)}
    return sorted(found, key=lambda one: sorted(place[method] for method in one))


def letters(better: np.ndarray, order: np.ndarray) -> list[str]:
    """For each method its letters: "a", "ab"."""
    named = list(enumerate(groups(better, order)))
    return ["".join(_name(n) for n, one in named if method in one) for method in range(len(order))]


def _without(old: frozenset[int], i: int, j: int) -> list[frozenset[int]]:
    return [old - {i}, old - {j}] if {i, j} <= old else [old]


def _name(number: int) -> str:
    """a ... z, then a2 ... z2."""
    turn, place = divmod(number, len(string.ascii_lowercase))
    return string.ascii_lowercase[place] + (str(turn + 1) if turn else "")
