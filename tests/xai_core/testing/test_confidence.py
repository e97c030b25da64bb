"""The confidence sequence: it covers at all times together, and agrees with a slow derivation by hand."""

import itertools
import math

import numpy as np
import pytest

from xai_core.testing import confidence
from xai_core.testing.confidence import MOST, ConfidenceSequence

ALPHA = 0.05


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """A grid of twenty cells: what is asked about lies on the marks, which are exact."""
    monkeypatch.setattr(confidence, "CELLS", 20)


def missed(values, mean, total=None):
    """Whether the interval left the mean out at any time."""
    sequence = ConfidenceSequence(ALPHA, total, (mean,))
    for value in values:
        sequence.add(float(value))
        if not sequence.known and (sequence.above(mean) or sequence.below(mean)):
            return True
    return False


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (lambda rng: rng.integers(0, 2, 120), 0.5),
        (lambda rng: rng.beta(2, 5, 120), 2 / 7),
        (lambda rng: rng.random(120) < 0.1, 0.1),
        (lambda rng: 0.5 + rng.choice([-0.02, 0.02], 120), 0.5),
    ],
    ids=["coins", "beta", "rare", "hardly any spread"],
)
def test_it_covers_at_all_times_together_in_at_least_19_of_20_resamplings(draw, mean):
    rng = np.random.default_rng(1)
    assert sum(missed(draw(rng), mean) for _ in range(200)) <= ALPHA * 200


@pytest.mark.parametrize("total", [12, 60])
def test_it_covers_the_mean_of_all_values_when_they_are_drawn_without_replacement(total):
    rng = np.random.default_rng(2)
    values = rng.beta(0.4, 0.6, total)
    found = [missed(rng.permutation(values), values.mean(), total) for _ in range(200)]
    assert sum(found) <= ALPHA * 200


def test_of_all_values_it_is_the_mean_itself_and_it_never_leaves_it_out_before():
    values = [0.2, 0.9, 0.4, 0.7]
    sequence = ConfidenceSequence(ALPHA, 4)
    for value in values:
        sequence.add(value)
    assert sequence.known
    assert sequence.low == pytest.approx(0.55)
    assert sequence.high == pytest.approx(0.55)


def test_values_that_are_missing_count_as_the_least_for_one_end_and_the_most_for_the_other():
    sequence = ConfidenceSequence(ALPHA, 4)
    for value in (0.5, None, 0.5, 0.5):
        sequence.add(value)
    assert (sequence.low, sequence.high) == pytest.approx((1.5 / 4, 2.5 / 4))
    without_end = ConfidenceSequence(ALPHA)
    without_end.add(None)
    assert (without_end.count, without_end.low, without_end.high) == (0, 0.0, 1.0)


def test_the_capital_is_that_of_the_formula():
    values, m = [0.9, 0.7, 0.8, 0.95, 0.6, 0.85, 0.9, 0.8], 0.4
    sequence = ConfidenceSequence(ALPHA, None, (m,))
    for value in values:
        sequence.add(value)
    larger = smaller = 1.0
    mean, squares = 0.5, 0.25
    for i, x in enumerate(values, 1):
        bet = math.sqrt(2 * math.log(2 / ALPHA) / (squares / i * i * math.log(1 + i)))
        larger *= 1 + min(bet, MOST / m) * (x - m)
        smaller *= 1 - min(bet, MOST / (1 - m)) * (x - m)
        mean += (x - mean) / (i + 1)
        squares += (x - mean) ** 2
    place = int(np.flatnonzero(sequence._larger.means == m)[0])
    assert sequence._larger.capital[place] == pytest.approx(math.log(larger))
    place = int(np.flatnonzero(sequence._smaller.means == 1 - m)[0])
    assert sequence._smaller.capital[place] == pytest.approx(math.log(smaller))
    assert sequence.above(m) == (larger >= 2 / ALPHA)


def test_it_narrows_and_never_widens():
    rng = np.random.default_rng(3)
    sequence, widths = ConfidenceSequence(ALPHA), [1.0]
    for value in rng.normal(0.7, 0.05, 80).clip(0, 1):
        sequence.add(float(value))
        widths.append(sequence.high - sequence.low)
    assert all(b <= a for a, b in itertools.pairwise(widths))
    assert widths[-1] < 0.3
    assert sequence.low < 0.7 < sequence.high


def test_a_value_outside_is_refused():
    with pytest.raises(ValueError, match=r"1\.5; 0 to 1"):
        ConfidenceSequence(ALPHA).add(1.5)
