"""LIME: an additive score is recovered, the weights are the paper's, and the fit is the closed form."""

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.methods.lime import fit_surrogate, lime, random_masks
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Painted

from .tiny import Linear, pictures

SEGMENTS = torch.tensor([[0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2], [3, 3, 4, 4, 4, 4], [3, 3, 4, 4, 4, 4]])


def test_an_additive_score_is_recovered():
    net, x = Linear(), pictures(2)
    b = torch.zeros_like(x)
    facts = {}
    both = SEGMENTS.expand(2, 4, 6)
    generator = torch.Generator().manual_seed(0)
    found = lime(Painted(net, x, b), x, Score((1, 2)), both, generator, Progress(), facts, samples=4000)
    for i, target in enumerate((1, 2)):
        share = (net.weight[target] * x[i]).sum(0).detach()
        for label in range(5):
            inside = label == SEGMENTS
            assert found[i][inside].unique().numel() == 1
            assert float(found[i][inside][0]) == pytest.approx(float(share[inside].sum()), rel=0.05, abs=0.05)
    assert min(facts["r2"]) > 0.99
    assert facts["superpixels"] == [5, 5]


def test_the_fit_is_the_closed_form():
    """(Z'WZ + I) c = Z'Wy with centred columns, by linear algebra alone."""
    random = np.random.default_rng(0)
    keep, scores = random.random((60, 7)) < 0.5, random.random(60)
    keep[0] = True
    z = keep.astype(float)
    cosine = 1 - z.sum(1) / np.maximum(np.sqrt(z.sum(1)) * np.sqrt(7), 1e-300)
    w = np.sqrt(np.exp(-(cosine**2) / 0.3**2))
    zc, yc = z - np.average(z, axis=0, weights=w), scores - np.average(scores, weights=w)
    expected = np.linalg.solve(zc.T @ (w[:, None] * zc) + np.eye(7), zc.T @ (w * yc))
    fit = fit_surrogate(keep, scores, 0.3)
    np.testing.assert_allclose(fit.coefficients, expected, rtol=1e-9)
    residual = yc - zc @ expected
    assert fit.r2 == pytest.approx(1 - (w @ residual**2) / (w @ yc**2))


def test_fewer_features_keep_the_largest():
    random = np.random.default_rng(0)
    keep = random.random((200, 6)) < 0.5
    scores = keep @ np.array([0.1, -3.0, 0.0, 2.0, 0.05, 0.0])
    fit = fit_surrogate(keep, scores, features=2)
    assert np.flatnonzero(fit.coefficients).tolist() == [1, 3]


def test_masks_of_the_lime_library():
    masks = random_masks(9, 500, torch.Generator().manual_seed(1), "independent")
    assert masks[0].all()
    assert 0.45 < masks[1:].float().mean() < 0.55


@pytest.mark.parametrize("samples", [500, 501])
def test_masks_in_pairs(samples):
    masks = random_masks(9, samples, torch.Generator().manual_seed(1), "pairs")
    assert masks.shape == (samples, 9)
    assert masks[0].all()
    assert not masks[1].any()
    assert torch.equal(masks[1:500:2], ~masks[0:500:2])
    alone = random_masks(9, 250, torch.Generator().manual_seed(1), "independent")
    assert torch.equal(masks[0:500:2], alone), "the first of each pair is drawn as if it were alone"


def converged(scores_of, keep):
    return fit_surrogate(keep, scores_of(keep)).coefficients


def test_pairs_estimate_the_same_map_with_less_noise():
    """A score of main effects, an intercept and interactions of two: both ways of drawing agree with the fit
    to all 2^8 masks, and pairs lie nearer to it."""
    random = np.random.default_rng(5)
    main, both = random.normal(size=8), np.triu(random.normal(size=(8, 8)), 1)

    def scores(keep):
        z = keep.astype(float)
        return 20 + z @ main + ((z @ both) * z).sum(1)

    every = (np.arange(256)[:, None] >> np.arange(8) & 1).astype(bool)
    # many copies of each mask, so that the penalty of the ridge is as light as with many samples
    exact = converged(scores, np.tile(every, (16, 1)))
    error = {}
    for draw in ("independent", "pairs"):
        maps = [
            converged(scores, random_masks(8, 200, torch.Generator().manual_seed(seed), draw).numpy())
            for seed in range(40)
        ]
        error[draw] = float(np.sqrt(np.mean((np.array(maps) - exact) ** 2)))
        many = random_masks(8, 40_000, torch.Generator().manual_seed(0), draw).numpy()
        np.testing.assert_allclose(converged(scores, many), exact, atol=0.06)
    assert error["pairs"] < 0.75 * error["independent"]


def test_the_way_of_drawing_is_part_of_the_request(lite0_small, chelsea):
    options = {"samples": 30, "segments": 8, "segmentation": "grid"}
    pairs = xai.explain(lite0_small, chelsea, "lime", 282, **options)
    alone = xai.explain(lite0_small, chelsea, "lime", 282, **options, draw="independent")
    assert (pairs.params["draw"], alone.params["draw"]) == ("pairs", "independent")
    assert pairs.heatmap.tobytes() != alone.heatmap.tobytes()
    with pytest.raises(xai.InputError, match="draw of lime is 'twins'; accepted is pairs, independent"):
        xai.explain(lite0_small, chelsea, "lime", 282, **options, draw="twins")


def test_on_the_embedded_model(lite0, dog_cat):
    options = {"samples": 60, "segments": 12, "segmentation": "grid"}
    e = xai.explain(lite0, dog_cat, "lime", 243, **options)
    assert e.segments.shape == e.heatmap.shape == (224, 224)
    assert e.facts["superpixels"] == len(np.unique(e.segments)) == 12
    assert -1 <= e.facts["r2"] <= 1
    assert e.signed
    again = xai.explain(lite0, dog_cat, "lime", 243, **options)
    assert again.heatmap.tobytes() == e.heatmap.tobytes()
    assert (
        xai.explain(lite0, dog_cat, "lime", 243, seed=1, **options).heatmap.tobytes() != e.heatmap.tobytes()
    )
    best = np.unravel_index(e.heatmap.argmax(), e.heatmap.shape)
    assert best[1] < 150, "the dog is on the left"


@pytest.mark.parametrize(("samples", "count"), [(1000, 35), (60, 50), (10, 20)])
def test_the_ridge_is_that_of_scikit_learn(samples, count):
    """Coefficients, intercept and R^2 of `sklearn.linear_model.Ridge` with sample weights, also with fewer
    samples than superpixels."""
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(samples)
    keep = rng.random((samples, count)) < 0.5
    keep[0] = True
    scores = 20 * rng.normal(size=count) @ keep.T + rng.normal(size=samples)
    distance = 1 - np.sqrt(keep.mean(1))
    weights = np.sqrt(np.exp(-(distance**2) / 0.25**2))
    model = Ridge(alpha=1.0).fit(keep.astype(float), scores, sample_weight=weights)
    fit = fit_surrogate(keep, scores)
    scale = np.abs(model.coef_).max()
    assert np.abs(fit.coefficients - model.coef_).max() < 1e-12 * scale
    assert abs(fit.intercept - model.intercept_) < 1e-12 * scale
    assert fit.r2 == pytest.approx(model.score(keep.astype(float), scores, sample_weight=weights), abs=1e-12)


def test_scores_that_are_all_equal_are_explained():
    fit = fit_surrogate(random_masks(6, 40, torch.Generator().manual_seed(0)).numpy(), np.full(40, 3.0))
    assert np.array_equal(fit.coefficients, np.zeros(6))
    assert (fit.intercept, fit.r2) == (3.0, 1.0)
