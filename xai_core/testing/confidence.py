"""A confidence sequence for the mean of bounded values: intervals that hold after every picture at once.

Values x_1, x_2, ... lie in 0..1 and come in random order. For each possible mean m two gamblers bet, one that
the mean is larger and one that it is smaller. Their capital after t values is

    K+_t(m) = prod_i (1 + min(l_i, c / m_i) (x_i - m_i))
    K-_t(m) = prod_i (1 - min(l_i, c / (1 - m_i)) (x_i - m_i))
    l_i     = sqrt(2 log(2 / alpha) / (s_i^2 i log(1 + i))),   s_i^2 = (1/4 + sum_(j<i) (x_j - mean_j)^2) / i

and m_i is what x_i is on average where the mean is m: m itself for values of a population without end, and
(N m - x_1 - ... - x_(i-1)) / (N - i + 1) for N values that are drawn without replacement. Where m is the
mean, the probability that one of them ever exceeds 2 / alpha is at most alpha (Ville's inequality). So the
interval of all m that no gambler has refuted yet,

    {m : K+_j(m) < 2 / alpha and K-_j(m) < 2 / alpha for all j <= t},

covers the mean at all times together with probability 1 - alpha: one may stop as soon as it decides. When all
N values are known, so is their mean, and the interval is that point.

Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, JRSS B 2024, sections 4.2
and 5; Ville, Etude critique de la notion de collectif, 1939."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

CELLS = 500  # of the grid of possible means; the ends of an interval are rounded outwards to it
MOST = 0.75  # c: the share of a gambler's capital that one value may cost
ROUNDING = 1e-9


class ConfidenceSequence:
    """The interval `low`..`high` for a mean in 0..1 after `count` values. Before all are known, the mean lies
    strictly inside; `known` says that it is known, but for values that could not be measured.

    `total` is N, None for a population without end. `marks` are means that will be asked about; they are put
    on the grid, so that rounding costs nothing there."""

    def __init__(self, alpha: float, total: int | None = None, marks: Sequence[float] = ()):
        self.alpha, self.total = alpha, total
        means = np.unique(np.concatenate([np.linspace(0, 1, CELLS + 1), np.array(marks, float)]))
        self._larger, self._smaller = _Gambler(means, total), _Gambler(1 - means[::-1], total)
        self._mean, self._squares = 0.5, 0.25
        self.count = self._seen = 0
        self.low, self.high, self.known = 0.0, 1.0, False

    def add(self, value: float | None) -> None:
        """The next value. None is one that could not be measured: of N values it counts as 0 for the lower
        end and as 1 for the upper; of a population without end it is left out."""
        if value is None and self.total is None:
            return
        if value is not None and not 0 <= value <= 1:
            raise ValueError(f"A value of a confidence sequence is {value!r}; 0 to 1 is accepted.")
        bet, beyond = self._bet(), math.log(2 / self.alpha)
        self.count += 1
        for gambler, worst in ((self._larger, value), (self._smaller, None if value is None else 1 - value)):
            gambler.bet(bet, worst or 0.0, self.count)
        if self.count == self.total:
            self.low, self.high = self._larger.sum / self.total, 1 - self._smaller.sum / self.total
            self.known = True
        else:
            self.low = max(self.low, self._larger.refuted(beyond, self.low))
            self.high = min(self.high, 1 - self._smaller.refuted(beyond, 1 - self.high))
        if value is not None:
            self._learn(value)

    def above(self, mean: float) -> bool:
        """Whether it is settled that the mean is larger than this."""
        return self.low > mean or (self.low == mean and not self.known and self.count > 0)

    def below(self, mean: float) -> bool:
        """Whether it is settled that the mean is smaller than this."""
        return self.high < mean or (self.high == mean and not self.known and self.count > 0)

    def _bet(self) -> float:
        """The next l, which must not depend on the value that it is bet on."""
        i = self.count + 1
        spread = self._squares / (self._seen + 1)
        return math.sqrt(2 * math.log(2 / self.alpha) / (spread * i * math.log(1 + i)))

    def _learn(self, value: float) -> None:
        self._seen += 1
        self._mean += (value - self._mean) / (self._seen + 1)
        self._squares += (value - self._mean) ** 2


class _Gambler:
    """One who bets, for each of the `means` in ascending order, that the mean is larger. The capital falls
    with m, so what is refuted is all means up to one."""

    def __init__(self, means: np.ndarray, total: int | None):
        self.means, self.total, self.sum = means, total, 0.0
        self.capital = np.zeros_like(means)  # its logarithm

    def bet(self, size: float, value: float, number: int) -> None:
        """Bet on value `number`, which is `value`."""
        expected = self.means
        if self.total is not None:
            expected = (self.total * self.means - self.sum) / (self.total - number + 1)
        at = np.clip(expected, ROUNDING, None)
        self.capital += np.log1p(np.minimum(size, MOST / at) * (value - at))
        self.capital[expected < -ROUNDING] = np.inf  # the values so far already add up to more
        self.sum += value

    def refuted(self, beyond: float, least: float) -> float:
        """The largest mean that is refuted; `least` where none is."""
        places = np.flatnonzero(self.capital >= beyond)
        return float(self.means[places[-1]]) if len(places) else least
