"""VarGrad: by hand on a square, empty where the score is linear, and nothing but the bends of a gated net."""

import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.var_grad import var_grad
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .noise_by_hand import drawn, statistic
from .tiny import Linear, Square, pictures


def run(net, x, score, seed=0, **options):
    return var_grad(net, x, score, torch.Generator().manual_seed(seed), Progress(), {}, **options)


def test_by_hand():
    """logit_1 = 2 sum x^2 has the gradient 4 x: its variance is 16 sigma^2 times that of the noise."""
    x = pictures(1)
    expected = 16 * 0.25 * drawn(x, 7).var(0, correction=0).sum(0)
    assert_close(run(Square(), x, Score((1,)), samples=7, sigma=0.5)[0], expected)


def test_of_input_times_gradient():
    x = pictures(1)
    expected = statistic("variance", [2 * (x[0] + 0.5 * e) ** 2 for e in drawn(x, 7)]).sum(0)
    assert_close(run(Square(), x, Score((0,)), samples=7, sigma=0.5, of="input_x_gradient")[0], expected)


def test_empty_where_the_score_is_linear():
    assert not run(Linear(), pictures(2), Score((0, 2))).any()
    assert not run(Square(), pictures(1), Score((0,)), samples=5, sigma=0.0).any()


class _Gate(nn.Module):
    """logit = 10 sum of the left half + sum of relu(x) over the right half."""

    def forward(self, x):
        half = x.shape[3] // 2
        return (10 * x[..., :half].sum((1, 2, 3)) + x[..., half:].relu().sum((1, 2, 3)))[:, None]


def test_it_shows_bends_and_not_size():
    """The left half raises the score ten times as much, and its gradient never changes. On the right, at
    x = 0, half of the copies have gradient 1 and half 0: p (1 - p) for the share p that is positive."""
    x = torch.zeros(1, 3, 4, 6, dtype=torch.float64)
    found = run(_Gate(), x, Score((0,)), samples=60, sigma=0.3)[0]
    share = (drawn(x, 60) > 0).double().mean(0)[..., 3:]
    assert not found[:, :3].any()
    assert_close(found[:, 3:], (share * (1 - share)).sum(0))


def test_on_the_embedded_model(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "var_grad", 282, samples=6)
    assert e.heatmap.min() >= 0
    assert e.heatmap.max() > 0
    assert e.forwards == 1 + 6 + 1
    assert not e.signed
