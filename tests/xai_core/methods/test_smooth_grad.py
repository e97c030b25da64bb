"""smooth_grad: without noise the gradient; with it, what the noise's moments say."""

import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.gradient import gradient
from xai_core.methods.smooth_grad import smooth_grad
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .tiny import Linear, Square, pictures


def run(net, x, score, seed=0, **options):
    return smooth_grad(net, x, score, torch.Generator().manual_seed(seed), Progress(), {}, **options)


def test_without_noise_it_is_the_gradient():
    net, x, score = Square(), pictures(2), Score((0, 2))
    assert_close(run(net, x, score, samples=5, sigma=0.0), gradient(net, x, score))


def test_without_noise_on_the_embedded_model(lite0, chelsea):
    smooth = xai.explain(lite0, chelsea, "smooth_grad", samples=3, sigma=0)
    plain = xai.explain(lite0, chelsea, "gradient")
    assert_close(torch.tensor(smooth.heatmap), torch.tensor(plain.heatmap), rtol=1e-3, atol=1e-4)


def test_moments_of_a_square():
    """ds/dx = 2 x, so the mean of the squares is 4 (x^2 + sigma^2), and the mean itself stays 2 x."""
    x, sigma = pictures(1), 0.5
    mean = run(Square(), x, Score((0,)), samples=4000, sigma=sigma, aggregate="signed")
    assert_close(mean, 2 * x.sum(1), rtol=0, atol=0.15)
    squared = run(Square(), x, Score((0,)), samples=4000, sigma=sigma, average="squared")
    assert_close(squared, 4 * (x**2 + sigma**2).sum(1), rtol=0.1, atol=0.3)


def test_absolute_before_or_after_the_mean():
    """At x = 0 the gradients cancel: after the mean little is left, before it the mean size 2 sigma
    sqrt(2/pi).
    """
    x = torch.zeros(1, 3, 4, 6, dtype=torch.float64)
    before = run(Square(), x, Score((0,)), samples=4000, sigma=1.0, average="absolute")
    after = run(Square(), x, Score((0,)), samples=4000, sigma=1.0)
    assert_close(before, torch.full_like(before, 3 * 2 * (2 / torch.pi) ** 0.5), rtol=0.1, atol=0)
    assert after.max() < 0.5


def test_seeds():
    x, score = pictures(1), Score((1,))
    one, again, other = (run(Square(), x, score, seed, samples=6) for seed in (3, 3, 4))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_the_batch_changes_nothing(monkeypatch, batch):
    expected = run(Linear(), pictures(1), Score((1,)), samples=7)
    monkeypatch.setattr("xai_core.network.batches.CPU_GRADIENT_BATCH", batch)
    assert_close(run(Linear(), pictures(1), Score((1,)), samples=7), expected)


def test_signed_only_where_it_can_be():
    signed = xai.METHODS["smooth_grad"].signed
    assert signed({"aggregate": "signed", "average": "gradient"})
    assert not signed({"aggregate": "signed", "average": "squared"})
    assert not signed({"aggregate": "abs", "average": "gradient"})
