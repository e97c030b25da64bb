"""Total Sobol indices: the share of a function's variance in which an input takes part, alone or with others.

    S_i = E[Var(f | all inputs but i)] / Var(f)
        ~ sum_n (f(A_n) - f(A_n with entry i of B_n))^2 / (2 N Var(f)),   A_n, B_n in [0, 1]^K

Jansen's estimator, with A and B from one scrambled Sobol sequence in 2 K dimensions. In a short sequence an
input may be correlated between A and B, which falsifies its index (by 0.4 at 64 points). So of SCRAMBLINGS
sequences the one is taken in which the largest such correlation is least. The indices of a sum of
terms with one input each add up to 1; where inputs act together their sum is larger.

Sobol, Sensitivity estimates for nonlinear mathematical models, 1993; Jansen, Analysis of variance designs for
model output, Computer Physics Communications 1999."""

from __future__ import annotations

import numpy as np

from ..types import InputError

SCRAMBLINGS = 8


def design(inputs: int, points: int = 128, seed: int = 0) -> np.ndarray:
    """float64 (points * (inputs + 2), inputs), uniform in [0, 1]: A, then B, then A with its entry i from B
    for i = 0, 1, ... Raises InputError where `points` is no power of two."""
    from scipy.stats import qmc

    if points < 2 or points & (points - 1):
        raise InputError(f"points is {points!r}; a power of two from 2 on is accepted.")
    rng = np.random.default_rng(seed)
    sequences = [qmc.Sobol(2 * inputs, scramble=True, rng=rng).random(points) for _ in range(SCRAMBLINGS)]
    drawn = min(sequences, key=lambda one: _correlated(one - one.mean(0), inputs))
    a, b = drawn[:, :inputs], drawn[:, inputs:]
    mixed = np.repeat(a[None], inputs, axis=0)
    for number in range(inputs):
        mixed[number, :, number] = b[:, number]
    return np.concatenate([a, b, mixed.reshape(-1, inputs)])


def _correlated(centred: np.ndarray, inputs: int) -> float:
    """The largest correlation of an input with itself between the two halves of a sequence."""
    a, b = centred[:, :inputs], centred[:, inputs:]
    lengths = np.sqrt((a**2).sum(0) * (b**2).sum(0))
    return float(np.abs((a * b).sum(0) / lengths).max())


def total_effects(values: np.ndarray, inputs: int) -> np.ndarray:
    """float64 (inputs,): the total index of each input from the function's values (points * (inputs + 2),) at
    a design. All are 0 where the function does not change."""
    a, b, *mixed = np.asarray(values, np.float64).reshape(inputs + 2, -1)
    variance = np.concatenate([a, b]).var()
    if variance == 0:
        return np.zeros(inputs)
    return np.array([np.mean((a - one) ** 2) / (2 * variance) for one in mixed])
