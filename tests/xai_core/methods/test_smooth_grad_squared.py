"""SmoothGrad-squared: by hand on a square, the same as smooth_grad's own average, and its two values."""

import numpy as np
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.gradient import gradient
from xai_core.methods.smooth_grad_squared import smooth_grad_squared
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .noise_by_hand import drawn, statistic
from .tiny import Linear, Square, pictures


def run(net, x, score, seed=0, **options):
    return smooth_grad_squared(net, x, score, torch.Generator().manual_seed(seed), Progress(), {}, **options)


def test_by_hand():
    """logit_2 = 3 sum x^2 has the gradient 6 x, so M = sum_c mean (6 (x + e))^2."""
    x = pictures(1)
    expected = statistic("square", [6 * (x[0] + 0.5 * e) for e in drawn(x, 7)]).sum(0)
    assert_close(run(Square(), x, Score((2,)), samples=7, sigma=0.5)[0], expected)


def test_of_input_times_gradient():
    x = pictures(1)
    expected = statistic("square", [2 * (x[0] + 0.5 * e) ** 2 for e in drawn(x, 7)]).sum(0)
    found = run(Square(), x, Score((0,)), samples=7, sigma=0.5, of="input_x_gradient")
    assert_close(found[0], expected)


def test_without_noise_it_is_the_square():
    net, x, score = Square(), pictures(2), Score((0, 2))
    squared = (2 * torch.tensor([1.0, 3.0]).view(2, 1, 1, 1) * x) ** 2
    assert_close(run(net, x, score, samples=3, sigma=0.0), squared.sum(1))


def test_the_sign_of_the_score_plays_no_part():
    net, x = Linear(), pictures(2)
    one = run(net, x, Score((0, 2)))
    assert_close(run(net, x, Score((0, 2), negate=True)), one)
    assert_close(one, gradient(_squared(net), x, Score((0, 2))))


def _squared(net):
    """A linear net whose weights are the squares, so that its gradient is the map."""
    other = Linear()
    other.weight.data = net.weight.data**2
    return other


def test_it_is_the_average_of_smooth_grad(lite0_small, chelsea):
    own = xai.explain(lite0_small, chelsea, "smooth_grad_squared", 282, samples=6)
    other = xai.explain(lite0_small, chelsea, "smooth_grad", 282, samples=6, average="squared")
    np.testing.assert_allclose(own.heatmap, other.heatmap, rtol=1e-6)
    assert not own.signed
