"""The studentised paired bootstrap against a literal loop, and what a few pictures cannot decide."""

import numpy as np
import pytest

from xai_core.ranking.bootstrap import differences, draws_for


def literal(d, witness, level, seed=0):
    """One pair: mean, se, p and half of the interval, resample by resample."""
    names = np.unique(witness)
    groups = [d[witness == name] for name in names]

    def mean_and_error(parts):
        every = np.concatenate(parts)
        mean = every.mean()
        total = sum((part - mean).sum() ** 2 for part in parts)
        return mean, np.sqrt(len(parts) / (len(parts) - 1) * total) / len(every)

    mean, error = mean_and_error(groups)
    draws, rng = draws_for(level), np.random.default_rng(seed)
    found = []
    for row in rng.integers(0, len(groups), (draws, len(groups))):
        m, e = mean_and_error([groups[g] for g in row])
        found.append(abs(m - mean) / e)
    found = np.sort(found)[::-1]
    beyond = (found >= abs(mean / error)).sum()
    return (
        mean,
        max((1 + beyond) / (draws + 1), 2.0 ** (1 - len(groups))),
        found[int(level * (draws + 1)) - 1] * error,
    )


@pytest.mark.parametrize("clustered", [False, True])
def test_equals_a_literal_loop(clustered):
    rng = np.random.default_rng(3)
    values = np.stack([rng.normal(0.15, 1, 30), rng.exponential(1, 30)], 1)
    witness = np.repeat(np.arange(15), [1, 3] * 7 + [2]) if clustered else np.arange(30)
    found = differences(values, witness, 0.05)
    mean, p, half = literal(values[:, 0] - values[:, 1], witness, 0.05)
    assert found.mean[0] == pytest.approx(mean)
    assert found.p[0] == pytest.approx(p)
    assert found.high[0] - found.mean[0] == pytest.approx(half)
    assert found.mean[0] - found.low[0] == pytest.approx(half)


def test_a_picture_without_a_value_counts_for_the_pairs_that_have_both():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 3))
    values[:12, 2] = np.nan
    found, part = differences(values, np.arange(40), 0.05), differences(values[12:], np.arange(28), 0.05)
    assert list(found.witnesses) == [40, 28, 28]
    np.testing.assert_allclose(found.mean[1:], part.mean[1:])
    assert np.isfinite(found.low).all()


def test_the_same_numbers_are_no_difference():
    values = np.random.default_rng(0).normal(size=(30, 1)).repeat(2, 1)
    found = differences(values, np.arange(30), 0.05)
    assert (found.mean[0], found.p[0]) == (0.0, 1.0)


@pytest.mark.parametrize(("count", "p"), [(5, 2.0**-4), (8, 2.0**-7)])
def test_a_few_pictures_that_agree_decide_no_more_than_signs(count, p):
    values = np.stack([np.full(count, 0.3), np.full(count, 0.1)], 1)
    assert differences(values, np.arange(count), 0.05).p[0] == p
    assert np.isnan(differences(values, np.arange(count), 0.05).low[0])


def test_a_difference_in_three_of_twenty_pictures_is_none():
    values = np.zeros((20, 2))
    values[:3, 0] = 1.0
    assert differences(values, np.arange(20), 0.05).p[0] > 0.03


def test_one_photograph_says_nothing():
    values = np.random.default_rng(0).normal(size=(30, 2)) + np.array([1.0, 0.0])
    found = differences(values, np.zeros(30, int), 0.05)
    assert np.isnan(found.p[0])
    assert np.isnan(found.low[0])


def test_blocks_of_resamples_change_nothing(monkeypatch):
    from xai_core.ranking import bootstrap

    values = np.random.default_rng(1).normal(size=(64, 3))
    whole = differences(values, np.arange(64), 0.02)
    monkeypatch.setattr(bootstrap, "BLOCK", 64 * 128)
    parts = differences(values, np.arange(64), 0.02)
    np.testing.assert_allclose(whole.p, parts.p, atol=0.004)
    np.testing.assert_allclose(whole.low, parts.low, atol=0.05)
