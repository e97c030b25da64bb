"""Each similarity against a slow, literal reading of the paper's formula, on small matrices that are not
square.
"""

import math

import numpy as np
import pytest

import xai_core as xai
from xai_core.concepts.chance import chance_threshold
from xai_core.concepts.similarity import SIMILARITIES, similarity, soft_wpmi, wpmi

N, UNITS, CONCEPTS = 41, 5, 7


def matrices(pictures=N, units=UNITS, concepts=CONCEPTS, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(pictures, units)), rng.uniform(-0.2, 0.9, size=(pictures, concepts))


def shares(p, a):
    """p(t|x_i), one picture and one concept at a time."""
    return [[math.exp(a * v) / sum(math.exp(a * w) for w in row) for v in row] for row in p]


def best(q, unit, n):
    return sorted(range(len(q)), key=lambda i: -q[i][unit])[:n]


def few(q, most):
    return min(most, max(2, len(q) * 5 // 100))


def information(joint, units, concepts, lam):
    found = np.zeros((units, concepts))
    for t in range(concepts):
        overall = sum(joint(k, t) for k in range(units)) / units
        for k in range(units):
            found[k, t] = math.log(joint(k, t)) - lam * math.log(overall)
    return found


def slow_soft_wpmi(q, p):
    table, n = shares(p, 10), few(q, 100)

    def joint(k, t):
        product = 1.0
        for rank, i in enumerate(best(q, k, n)):
            inside = 0.998 - rank / n * (0.998 - 0.97)
            product *= 1 + inside * (table[i][t] - 1) + 1e-7
        return product

    return information(joint, q.shape[1], p.shape[1], 1)


def slow_wpmi(q, p):
    table = shares(p, 2)
    return information(
        lambda k, t: math.prod(table[i][t] + 1e-7 for i in best(q, k, few(q, 28))),
        q.shape[1],
        p.shape[1],
        0.6,
    )


def slow_rank_reorder(q, p):
    found = np.zeros((q.shape[1], p.shape[1]))
    n = few(q, len(q))
    for k in range(q.shape[1]):
        top = best(q, k, n)
        values = [q[i][k] for i in top]
        chance = sum(abs(a - b) ** 3 for a in values for b in values) / n**2
        for t in range(p.shape[1]):
            by_concept = sorted(top, key=lambda i: -p[i][t])
            given = dict(zip(by_concept, sorted(values, reverse=True), strict=True))
            error = sum(abs(q[i][k] - given[i]) ** 3 for i in top) / n / chance
            mean = max(sum(p[i][t] for i in top) / n, 0.01)
            found[k, t] = -error / math.sqrt(mean)
    return found


def cosine_of(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.sqrt(
        sum(x * x for x in a) * sum(y * y for y in b)
    )


def slow_cosine(q, p):
    return np.array([[cosine_of(q[:, k], p[:, t]) for t in range(p.shape[1])] for k in range(q.shape[1])])


def slow_cosine_cubed(q, p):
    return slow_cosine(*((m - [sum(column) / len(m) for column in m.T]) ** 3 for m in (q, p)))


SLOW = {
    "soft_wpmi": slow_soft_wpmi,
    "wpmi": slow_wpmi,
    "rank_reorder": slow_rank_reorder,
    "cosine": slow_cosine,
    "cosine_cubed": slow_cosine_cubed,
}


@pytest.mark.parametrize("shape", [(N, UNITS, CONCEPTS), (2300, 3, 4), (700, 19, 2)])
@pytest.mark.parametrize("name", SIMILARITIES)
def test_it_is_the_formula(name, shape):
    q, p = matrices(*shape)
    found = similarity(name, q, p)
    assert found.shape == (shape[1], shape[2])
    np.testing.assert_allclose(found, SLOW[name](q, p), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_a_unit_that_follows_a_concept_is_given_it(name):
    _, p = matrices(300, 2, 6, seed=3)
    found = similarity(name, p[:, [4, 1]] * 3 - 1, p)
    assert found.argmax(1).tolist() == [4, 1]


@pytest.mark.parametrize("name", SIMILARITIES)
def test_a_unit_can_be_judged_as_one_more_of_a_layer(name):
    q, p = matrices(200, 19, 4)
    found = similarity(name, q[:, :2], p, layer=q[:, 2:])
    for unit in (0, 1):
        together = np.delete(q, 1 - unit, 1)
        np.testing.assert_allclose(found[unit], similarity(name, together, p)[0])


@pytest.mark.parametrize("name", SIMILARITIES)
def test_a_silent_unit_has_no_similarity_and_leaves_the_others(name):
    q, p = matrices()
    q[:, 2] = 0.5
    found = similarity(name, q, p)
    assert np.isnan(found[2]).all()
    np.testing.assert_allclose(np.delete(found, 2, 0), similarity(name, np.delete(q, 2, 1), p))


def test_a_unit_whose_top_answers_are_equal_has_no_order_to_compare():
    q, p = matrices(200, 3, 4)
    q[:20, 1] = 9.0
    found = similarity("rank_reorder", q, p)
    assert np.isnan(found[1]).all()
    assert np.isfinite(found[[0, 2]]).all()
    assert np.isfinite(chance_threshold("rank_reorder", q, p))


def test_a_thousand_small_probabilities_do_not_underflow():
    import torch

    q, p = (torch.from_numpy(m) for m in matrices(22_000, 2, 40))
    assert torch.isfinite(soft_wpmi(q, p, n=1000, p_start=1, p_end=0.999)).all()
    assert torch.isfinite(wpmi(q, p, n=1000, a=50)).all()


def test_what_is_refused():
    q, p = matrices()
    with pytest.raises(
        xai.InputError, match="'npmi'; accepted are soft_wpmi, wpmi, rank_reorder, cosine, cos"
    ):
        similarity("npmi", q, p)
    with pytest.raises(xai.InputError, match=r"\(41, 5\) and concepts \(40, 7\)"):
        similarity("cosine", q, p[1:])
