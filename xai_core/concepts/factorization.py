"""Non-negative factorization of activations: what goes together in a layer.

    A ~ U W,   U >= 0 (R, K),   W >= 0 (K, C),   least squares

A (R, C) has a row for each place of the pictures (Deep Feature Factorization) or for each crop (CRAFT). Row k
of W is concept k, a direction of unit length in the space of the channels; U says how much of each concept a
row shows. The factorization is scikit-learn's NMF (coordinate descent from NNDSVDa) without penalties.

    explained = 1 - |A - U W|^2 / |A - mean of the rows|^2
    chance    = the same for A with every column shuffled by itself, so that no channels go together
    stability = mean cosine of the concepts with those found from random starts, matched one to one

Collins, Achanta and Suesstrunk, Deep Feature Factorization for Concept Discovery, ECCV 2018; Lee and Seung,
Learning the parts of objects by non-negative matrix factorization, Nature 1999."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from ..types import InputError

ITERATIONS = 1000
STARTS = 4  # random starts that the stability is measured over


@dataclass(frozen=True, eq=False)
class Factorization:
    """U (R, K), W (K, C) with rows of unit length, the variance explained, and whether the descent came to
    rest within ITERATIONS steps. float64."""

    weights: np.ndarray
    basis: np.ndarray
    explained: float
    converged: bool


def factorize(rows: np.ndarray, count: int, seed: int = 0, start: str = "nndsvda") -> Factorization:
    """`count` concepts of `rows` (R, C); `start` is "nndsvda" or "random". Raises InputError for a negative
    value, or for a count that is not from 1 to the smaller side of the matrix."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    rows = checked(rows, count)
    solver = NMF(count, init=start, max_iter=ITERATIONS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # `converged` says it
        weights = solver.fit_transform(rows)
    lengths = np.linalg.norm(solver.components_, axis=1)
    basis = solver.components_ / np.where(lengths > 0, lengths, 1)[:, None]
    weights = weights * lengths
    return Factorization(weights, basis, explained(rows, weights @ basis), solver.n_iter_ < ITERATIONS)


def checked(rows: np.ndarray, count: int) -> np.ndarray:
    """The rows in float64, where they can be factorized into so many concepts."""
    rows = np.asarray(rows, np.float64)
    if rows.ndim != 2 or not rows.size:
        raise InputError(
            f"Activations of shape {rows.shape} were given; a matrix (rows, channels) is accepted."
        )
    if not np.isfinite(rows).all() or rows.min() < 0:
        raise InputError(f"The smallest activation is {rows.min():.3g}; values from 0 on are accepted.")
    whole = isinstance(count, (int, np.integer)) and not isinstance(count, bool)
    if not whole or not 1 <= count <= min(rows.shape):
        raise InputError(f"concepts is {count!r}; from 1 to {min(rows.shape)} are accepted here.")
    return rows


def explained(rows: np.ndarray, approximation: np.ndarray) -> float:
    """The share of the variance of the rows that the approximation has; 1 where the rows do not vary and are
    met, and negative where the mean row is nearer to them."""
    missed, varies = np.sum((rows - approximation) ** 2), np.sum((rows - rows.mean(0)) ** 2)
    if varies == 0:
        return 1.0 if np.allclose(rows, approximation) else 0.0
    return float(1 - missed / varies)


def coefficients(rows: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """U (R, K) of other rows (R, C) for given concepts: the exact non-negative least squares of each row."""
    from scipy.optimize import nnls

    rows = np.asarray(rows, np.float64)
    return np.stack([nnls(basis.T, row)[0] for row in rows]) if len(rows) else np.zeros((0, len(basis)))


def slopes(weights: np.ndarray, basis: np.ndarray, concept: int) -> np.ndarray:
    """d U[:, concept] / d A, (R, C): how the coefficient of a concept changes with the activations.

    With S the concepts that a row shows (U > 0), U_S = (W_S W_S')^-1 W_S a, which is linear in a, and every
    other coefficient stays 0. So the slope is a row of that matrix, or 0."""
    found = np.zeros((len(weights), basis.shape[1]))
    for number, shown in enumerate(weights > 0):
        if shown[concept]:
            place = int(np.count_nonzero(shown[:concept]))
            found[number] = np.linalg.pinv(basis[shown].T)[place]
    return found


def stability(rows: np.ndarray, basis: np.ndarray, starts: int = STARTS) -> np.ndarray:
    """(K,): for each concept the mean cosine with its match among those found from `starts` random starts."""
    others = [factorize(rows, len(basis), seed, "random").basis for seed in range(1, starts + 1)]
    return np.mean([matched(basis, other) for other in others], axis=0)


def matched(basis: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(K,): the cosine of each concept with its partner in `other`, matched one to one so that the sum is
    largest. Rows have unit length."""
    from scipy.optimize import linear_sum_assignment

    cosines = basis @ other.T
    return cosines[linear_sum_assignment(cosines, maximize=True)]


def chance(rows: np.ndarray, count: int, seed: int = 0) -> float:
    """The variance that as many concepts explain where every column is shuffled by itself."""
    shuffled = np.random.default_rng(seed).permuted(checked(rows, count), axis=0)
    return factorize(shuffled, count, seed).explained
