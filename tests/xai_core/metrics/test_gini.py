"""The Gini index: by hand, against the mean difference of all pairs, and its ends."""

import numpy as np
import pytest

from xai_core.metrics.gini import gini


def of_pairs(values):
    """Half the mean difference of all pairs over the mean."""
    sizes = np.abs(values.astype(float)).ravel()
    return np.abs(sizes[:, None] - sizes[None]).mean() / (2 * sizes.mean())


def test_by_hand():
    assert gini(np.full((3, 5), -2.0)) == pytest.approx(0)
    assert gini(np.eye(1, 8, 3)) == pytest.approx(7 / 8)
    assert gini(np.array([[1.0, -3.0]])) == pytest.approx(1 / 4)
    assert np.isnan(gini(np.zeros((2, 3))))


def test_against_all_pairs():
    values = np.random.default_rng(0).normal(size=(7, 9)).astype(np.float32)
    assert gini(values) == pytest.approx(of_pairs(values), abs=1e-9)
    assert gini(4 * values) == pytest.approx(gini(values), abs=1e-9)
    assert gini(np.random.default_rng(1).random((200, 300))) == pytest.approx(1 / 3, abs=5e-3)
