"""The Hilbert-Schmidt independence criterion between bits and scores.

    HSIC_i = 1/n^2 sum_ab K_i[a, b] (H L H)[a, b],   K_i[a, b] = 1/2 - (m_ai - m_bi)^2 = 2 u_ai u_bi

u is 1/2 for a bit of one and -1/2 for zero, so HSIC_i = 2/n^2 u_i' H L H u_i: one product of matrices for all
bits. L is made in blocks of rows, which bounds the memory.

Gretton et al., Measuring statistical dependence with Hilbert-Schmidt norms, ALT 2005; A kernel statistical
test of independence, NeurIPS 2007 (shuffled pairs).
"""

from __future__ import annotations

import numpy as np

BLOCK = 512  # rows of L at a time
SHUFFLES = 19  # chance alone beats all of them once in twenty times


def width_of(scores: np.ndarray, distances: bool) -> float:
    """w: the median of |s_a - s_b| over all pairs, or the size of the median score, which may be 0. Where at
    least half of the pairs are equal, the mean distance takes the place of the median one."""
    if not distances:
        return abs(float(np.median(scores)))
    from scipy.spatial.distance import pdist

    apart = pdist(scores[:, None], "cityblock")
    return float(np.median(apart)) or float(apart.mean())


def dependence(signs: np.ndarray, scores: np.ndarray, width: float) -> np.ndarray:
    """HSIC (d,) of `signs` (n, d), which hold 1/2 and -1/2, with the scores (n,); 0 if all are equal,
    or if the width is 0."""
    if width == 0 or not np.ptp(scores):
        return np.zeros(signs.shape[1])
    centred = signs - signs.mean(0)
    total = np.zeros(signs.shape[1])
    for start in range(0, len(scores), BLOCK):
        rows = slice(start, start + BLOCK)
        kernel = np.exp(-((scores[rows, None] - scores[None]) ** 2) / (2 * width**2))
        total += (centred[rows] * (kernel @ centred)).sum(0)
    return np.maximum(total, 0) * 2 / len(scores) ** 2  # rounding aside, no term is negative


def above_chance(signs: np.ndarray, scores: np.ndarray, width: float, random: np.random.Generator) -> int:
    """How many bits have a higher HSIC than any bit has with the scores in SHUFFLES random orders."""
    highest = max(dependence(signs, random.permutation(scores), width).max() for _ in range(SHUFFLES))
    return int((dependence(signs, scores, width) > highest).sum())
