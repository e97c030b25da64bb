"""Agreement of maps: against SciPy, scikit-learn's definitions by hand, and edge cases."""

import numpy as np
import pytest
from scipy import stats

import xai_core as xai
from xai_core.metrics import agreement


@pytest.fixture
def pair():
    random = np.random.default_rng(0)
    a = random.normal(size=(7, 11))
    return a, np.round(a + random.normal(size=(7, 11)), 1)  # with ties


def test_against_scipy(pair):
    a, b = pair
    assert agreement.spearman(a, b) == pytest.approx(stats.spearmanr(a.ravel(), b.ravel()).statistic)
    assert agreement.pearson(a, b) == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1])
    assert np.isnan(agreement.spearman(a, np.zeros_like(a)))


def test_top_percent():
    values = np.arange(20.0).reshape(4, 5) - 3
    mask = agreement.highlighted(values, percent=20)
    assert mask.sum() == 4
    assert values[mask].min() == 13
    assert agreement.highlighted(values, percent=100).sum() == 16, "what is not positive is not highlighted"
    tied = np.array([[1.0, 1.0, 1.0, 0.0]])
    assert agreement.highlighted(tied, percent=25).sum() == 3, "a superpixel is taken whole"
    assert not agreement.highlighted(-np.ones((3, 3))).any()


def test_otsu():
    values = np.array([[0.0, 0.1, 0.0, 5.0], [0.1, 4.0, 5.0, -9.0]])
    assert agreement.highlighted(values, "otsu").tolist() == (values > 1).tolist()
    assert agreement.highlighted(np.full((2, 2), 3.0), "otsu").all()


def test_iou():
    a = np.array([True, True, False, False])
    b = np.array([True, False, True, False])
    assert agreement.iou(a, b) == pytest.approx(1 / 3)
    assert agreement.iou(a, a) == 1
    assert agreement.iou(a, ~a) == 0
    assert np.isnan(agreement.iou(~a & a, a & ~a))


def test_matrix_is_symmetric(pair):
    table = agreement.matrix([*pair, -pair[0]], agreement.spearman)
    assert np.allclose(table, table.T)
    assert np.allclose(np.diag(table), 1)
    assert table[0, 2] == pytest.approx(-1)


def test_disagreement():
    a = np.arange(6.0).reshape(2, 3)
    assert not agreement.disagreement([a, 10 * a + 1]).any()
    found = agreement.disagreement([a, -a])
    assert found[0, 0] == pytest.approx(0.5)
    assert found.max() <= 0.5


def test_bad_thresholds(pair):
    with pytest.raises(xai.InputError, match="threshold is 'half'"):
        agreement.highlighted(pair[0], "half")
    with pytest.raises(xai.InputError, match="percent is 0"):
        agreement.highlighted(pair[0], percent=0)
