"""Choices in pairs: opposites, each with its own probability, and means that come out as those of independent
choices do.
"""

import numpy as np
import pytest
import torch

from xai_core.methods._pairs import INDEPENDENT, PAIRS, chosen, followed_by, halves_of, together


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("count", [6, 7])
def test_at_one_half_the_second_shows_what_the_first_hides(count):
    kept = chosen(count, (2, 3), 0.5, PAIRS, seeded())
    assert kept.shape == (count, 2, 3)
    assert torch.equal(kept[1:6:2], ~kept[0:6:2])


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_at_other_shares_both_have_that_share_and_overlap_as_little_as_they_can(share):
    kept = chosen(20_000, (3, 4), share, PAIRS, seeded())
    first, second = kept[::2], kept[1::2]
    assert abs(float(first.float().mean()) - share) < 0.005
    assert abs(float(second.float().mean()) - share) < 0.005
    assert abs(float((first & second).float().mean()) - max(0, 2 * share - 1)) < 0.005


def test_independent_choices_are_those_of_torch():
    expected = torch.rand(9, 4, generator=seeded(3)) < 0.3
    assert torch.equal(chosen(9, (4,), 0.3, INDEPENDENT, seeded(3)), expected)


@pytest.mark.parametrize("draw", [PAIRS, INDEPENDENT])
def test_the_same_seed_gives_the_same_choices(draw):
    one, again, other = (chosen(50, (5,), 0.5, draw, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_rows_alternate():
    a, b = torch.tensor([[1], [2]]), torch.tensor([[-1], [-2]])
    assert followed_by(a, b, 4).ravel().tolist() == [1, -1, 2, -2]
    assert followed_by(a, b, 3).ravel().tolist() == [1, -1, 2]


def test_halves_keep_pairs_together():
    assert [half.tolist() for half in halves_of(7, PAIRS)] == [[0, 1, 4, 5], [2, 3, 6]]
    assert [half.tolist() for half in halves_of(5, INDEPENDENT)] == [[0, 2, 4], [1, 3]]
    assert (together(PAIRS), together(INDEPENDENT)) == (2, 1)


def test_a_mean_over_pairs_is_unbiased_and_free_of_the_intercept():
    """The mean of s(z) (2 z - 1) over all 2^3 choices, by enumeration. A constant in s drops out of each
    pair."""
    c = torch.tensor([1.0, -2.0, 0.5])
    kept = chosen(40_000, (3,), 0.5, PAIRS, seeded()).float()
    score = kept @ c + 10 + 3 * kept[:, 0] * kept[:, 1]
    every = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 3)
    exact = ((every @ c + 10 + 3 * every[:, 0] * every[:, 1])[:, None] * (2 * every - 1)).mean(0)
    found = (score[:, None] * (2 * kept - 1)).mean(0)
    np.testing.assert_allclose(found, exact, atol=0.03)
    pair = kept[:2]
    without = ((pair @ c + 10)[:, None] * (2 * pair - 1)).mean(0)
    shifted = ((pair @ c + 1010)[:, None] * (2 * pair - 1)).mean(0)
    np.testing.assert_allclose(without, shifted, atol=1e-4)
