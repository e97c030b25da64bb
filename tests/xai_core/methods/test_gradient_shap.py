"""gradient_shap: exact where the gradient is constant, else its mean; Captum with our draws."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.gradient_shap import Draws, gradient_shap
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .tiny import Linear, Square, pictures

BACKGROUNDS = pictures(3, seed=7)


def run(net, x, score, seed=0, backgrounds=BACKGROUNDS, **options):
    facts = {}
    generator = torch.Generator().manual_seed(seed)
    return gradient_shap(net, x, score, backgrounds, generator, Progress(), facts, **options), facts


def test_a_linear_network_with_one_background_is_exact_with_one_sample():
    net, x = Linear(), pictures(2)
    found, facts = run(net, x, Score((2, 0)), backgrounds=BACKGROUNDS[:1], samples=1)
    weights = net.weight[[2, 0]].detach()
    assert_close(found, ((x - BACKGROUNDS[:1]) * weights).abs().sum(1))
    assert max(facts["completeness_error"]) < 1e-9


def test_each_sample_by_hand():
    """ds/dx of a square is 2 x, so sample i gives (x - b_i) 2 (b_i + a_i (x - b_i))."""
    x = pictures(1)
    draws = Draws(x, BACKGROUNDS, 5, 0.0, torch.Generator().manual_seed(4))
    expected = torch.zeros_like(x)
    for chosen, along in zip(draws.chosen, draws.along, strict=True):
        b = BACKGROUNDS[chosen]
        expected += (x - b) * 2 * (b + along * (x - b)) / 5
    found, _ = run(Square(), x, Score((0,)), seed=4, samples=5, aggregate="signed")
    assert_close(found, expected.sum(1))


def test_many_samples_tend_to_the_mean_over_the_backgrounds():
    """For a square the expectation is mean_b x^2 - b^2, pixel by pixel."""
    x = pictures(1)
    found, facts = run(Square(), x, Score((0,)), samples=20_000, aggregate="signed")
    expected = (x**2 - (BACKGROUNDS**2).mean(0)).sum(1)
    assert (found - expected).abs().max() < 0.03 * expected.abs().max()
    assert facts["completeness_error"][0] < 0.1


def test_noise_seeds_and_batches(monkeypatch):
    x, score = pictures(1), Score((1,))
    one, again, other, still = (
        run(Square(), x, score, seed, samples=7, sigma=sigma)[0]
        for seed, sigma in ((3, 0.2), (3, 0.2), (4, 0.2), (3, 0.0))
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert not torch.equal(one, still)
    monkeypatch.setattr("xai_core.methods.gradient_shap.batch_size", lambda device, gradient=False: 3)
    assert_close(run(Square(), x, score, 3, samples=7, sigma=0.2)[0], one)


def test_stable_stops_early():
    _, facts = run(Linear(), pictures(1), Score((1,)), samples=1000, stable=0.5)
    assert facts["samples"][0] < 1000
    assert facts["reliability"][0] >= 0.5


@pytest.mark.peers
@pytest.mark.parametrize("sigma", [0.0, 0.3])
def test_captum_with_the_same_draws(lite0_64_small, chelsea, monkeypatch, sigma):
    """Captum draws one background index, one place and the noise of each sample itself; it is handed ours."""
    captum = pytest.importorskip("captum.attr")
    handle = lite0_64_small
    with handle.session() as net:
        x = handle.preprocess(chelsea)
        b = torch.cat([x.flip(3), torch.zeros_like(x), x.mean((2, 3), keepdim=True).expand_as(x)])
        draws = Draws(x, b, 6, sigma, torch.Generator().manual_seed(2))
        noise = torch.cat([draws.of(range(i, i + 1))[1] + b[draws.chosen[i]] - x for i in range(6)])
        monkeypatch.setattr(np.random, "uniform", lambda *_: draws.along.numpy())
        monkeypatch.setattr(np.random, "choice", lambda *_: draws.chosen.numpy())
        monkeypatch.setattr(torch, "normal", lambda *_: noise)
        theirs = captum.GradientShap(net).attribute(x, b, n_samples=6, stdevs=sigma or 1e-9, target=282)
        monkeypatch.undo()
        ours, _ = run(net, x, Score((282,)), 2, b, samples=6, sigma=sigma, aggregate="signed")
    assert_close(ours, theirs.sum(1).detach(), atol=1e-8, rtol=1e-7)


def test_through_the_engine(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "gradient_shap", samples=4, aggregate="signed")
    assert (e.signed, e.heatmap.shape) == (True, (64, 96))
    assert e.facts["samples"] == 4
    with pytest.raises(xai.InputError, match="baseline of gradient_shap is 'drop'"):
        xai.explain(lite0_small, chelsea, "gradient_shap", baseline="drop")
