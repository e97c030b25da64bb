"""Factorization of activations: scikit-learn's NMF, exact coefficients, and what is measured about it."""

import numpy as np
import pytest

from xai_core import InputError
from xai_core.concepts.factorization import (
    chance,
    coefficients,
    explained,
    factorize,
    matched,
    slopes,
    stability,
)


@pytest.fixture
def parts():
    """Forty rows of three parts that share no channel: their factorization is unique."""
    rng = np.random.default_rng(0)
    basis = np.zeros((3, 7))
    basis[0, :2], basis[1, 2:5], basis[2, 5:] = (3, 4), (1, 2, 2), (5, 12)
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    weights = rng.uniform(0, 2, (40, 3)) * (rng.random((40, 3)) < 0.6)
    return weights, basis


def test_it_is_scikit_learns(parts):
    from sklearn.decomposition import NMF

    rows = parts[0] @ parts[1] + np.random.default_rng(1).uniform(0, 0.1, (40, 7))
    found = factorize(rows, 3)
    other = NMF(3, init="nndsvda", max_iter=1000, random_state=0)
    weights = other.fit_transform(rows)
    np.testing.assert_allclose(
        found.weights @ found.basis, weights @ other.components_, rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.norm(found.basis, axis=1), 1)
    missed = np.linalg.norm(rows - found.weights @ found.basis)
    assert missed == pytest.approx(other.reconstruction_err_, rel=1e-9)
    assert found.converged


def test_parts_that_share_no_channel_are_found(parts):
    weights, basis = parts
    found = factorize(weights @ basis, 3)
    np.testing.assert_allclose(matched(basis, found.basis), 1, atol=1e-4)
    assert found.explained > 0.999
    np.testing.assert_allclose(stability(weights @ basis, found.basis), 1, atol=1e-3)
    assert chance(weights @ basis, 3) < 0.9


def test_where_nothing_goes_together_as_much_is_explained_by_chance():
    rows = np.random.default_rng(0).exponential(size=(200, 12))
    assert factorize(rows, 4).explained == pytest.approx(chance(rows, 4), abs=0.05)


def test_coefficients_meet_the_conditions_of_the_least_squares(parts):
    rng = np.random.default_rng(2)
    basis = rng.uniform(0, 1, (4, 6))
    rows = rng.uniform(0, 1, (15, 6))
    found = coefficients(rows, basis)
    slack = (found @ basis - rows) @ basis.T  # half the gradient of the squared error
    assert (found >= 0).all()
    assert (found == 0).any()
    assert (slack > -1e-9).all()
    np.testing.assert_allclose(slack[found > 0], 0, atol=1e-9)
    np.testing.assert_allclose(coefficients(parts[0] @ parts[1], parts[1]), parts[0], atol=1e-12)
    assert coefficients(np.zeros((0, 6)), basis).shape == (0, 4)


def test_slopes_are_differences():
    rng = np.random.default_rng(3)
    basis, rows, step = rng.uniform(0, 1, (3, 5)), rng.uniform(0.2, 1, (6, 5)), 1e-6
    weights = coefficients(rows, basis)
    for concept in range(3):
        found = slopes(weights, basis, concept)
        expected = np.zeros_like(rows)
        for channel in range(5):
            shift = step * np.eye(5)[channel]
            up, down = coefficients(rows + shift, basis), coefficients(rows - shift, basis)
            expected[:, channel] = (up - down)[:, concept] / (2 * step)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_share_explained_by_hand():
    rows = np.array([[0.0, 2.0], [2.0, 0.0]])
    assert explained(rows, rows) == 1
    assert explained(rows, np.ones((2, 2))) == 0
    assert explained(rows, np.array([[0.0, 2.0], [0.0, 0.0]])) == 0
    assert explained(np.ones((2, 2)), np.ones((2, 2))) == 1
    assert explained(np.ones((2, 2)), np.zeros((2, 2))) == 0


def test_partners_are_one_to_one():
    basis = np.eye(3)
    np.testing.assert_allclose(matched(basis, basis[[2, 0, 1]]), 1)
    tilted = np.array([[0.8, 0.6, 0], [1, 0, 0], [0, 0, 1]])  # both first rows want the first direction
    np.testing.assert_allclose(matched(basis, tilted), [1, 0.6, 1])


@pytest.mark.parametrize(
    ("rows", "count", "said"),
    [
        (-np.ones((3, 3)), 1, "smallest activation is -1"),
        (np.full((3, 3), np.nan), 1, "smallest activation is nan"),
        (np.ones(3), 1, r"shape \(3,\)"),
        (np.ones((3, 4)), 4, "concepts is 4; from 1 to 3"),
        (np.ones((3, 4)), 0, "concepts is 0"),
        (np.ones((3, 4)), True, "concepts is True"),
    ],
)
def test_what_is_refused(rows, count, said):
    with pytest.raises(InputError, match=said):
        factorize(rows, count)
