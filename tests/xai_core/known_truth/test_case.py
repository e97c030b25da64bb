"""Shapley values against the definition over orders, and the parts of a case."""

from itertools import permutations

import numpy as np
import pytest

from xai_core.inputs.superpixels import segment
from xai_core.known_truth import CASES
from xai_core.known_truth.case import Case, all_subsets, shapley_values


def over_orders(scores, count):
    """phi_j as the mean over all orders of what j adds: slow, and written from the other definition."""
    found = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        shown = 0
        for j in order:
            found[j] += scores[shown | 1 << j] - scores[shown]
            shown |= 1 << j
    return found / len(orders)


def test_the_values_are_the_mean_over_all_orders():
    scores = np.random.default_rng(0).normal(size=(32, 2))
    found = shapley_values(scores)
    np.testing.assert_allclose(found[:, 0], over_orders(scores[:, 0], 5))
    np.testing.assert_allclose(found[:, 1], over_orders(scores[:, 1], 5))
    np.testing.assert_allclose(found.sum(0), scores[-1] - scores[0])


def test_a_subset_is_its_number_in_bits():
    assert all_subsets(3)[6].tolist() == [False, True, True]


@pytest.mark.parametrize("key", ["linear", "tiny_cnn_shapes"])
def test_the_regions_are_the_superpixels_that_methods_are_given(key):
    case = CASES[key]
    view = case.handle.view(case.picture)
    assert case.regions.shape == view.shape[:2]
    np.testing.assert_array_equal(case.regions, segment(view, "grid", case.rows * case.columns))


def test_more_regions_than_can_be_enumerated_are_refused():
    with pytest.raises(ValueError, match="large has 16 regions, more than 12"):
        Case("large", "", "", lambda: None, lambda: None, rows=4, columns=4)
