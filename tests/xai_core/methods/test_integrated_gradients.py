"""integrated_gradients: exact for polynomials, over several baselines too; complete on the embedded model."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.integrated_gradients import integrated_gradients
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .tiny import Linear, Square, pictures


def run(net, x, score, baseline, **options):
    facts = {}
    found = integrated_gradients(net, x, score, baseline, Progress(), facts, **options)
    return found, facts["completeness_error"]


def test_a_square_by_hand():
    """The integral of 2 (b + a (x - b)) is x + b, so each pixel gets x^2 - mean_b b^2."""
    x = pictures(2)
    scale = torch.tensor([1.0, 2.0], dtype=x.dtype)[:, None, None]
    for b in (pictures(1, seed=5), pictures(3, seed=5)):
        found, error = run(Square(), x, Score((0, 1)), b, steps=2, aggregate="signed")
        assert_close(found, scale * (x**2 - (b**2).mean(0)).sum(1))
        assert error.max() < 1e-9


def test_the_channels_are_added_after_the_mean_over_the_baselines():
    """With b and -b the parts -w b and w b cancel in each channel, so that what is left is |w x|."""
    net, x, b = Linear(), pictures(1), pictures(1, seed=5)
    found, _ = run(net, x, Score((1,)), torch.cat([b, -b]), steps=1)
    assert_close(found, (x * net.weight[1]).abs().sum(1).detach())


def test_a_linear_network_in_one_step():
    net, x, b = Linear(), pictures(1), pictures(1, seed=5)
    found, error = run(net, x, Score((2,)), b, steps=1)
    assert_close(found, ((x - b) * net.weight[2]).abs().sum(1).detach())
    assert error.max() < 1e-9


def test_the_error_is_reported_as_it_is():
    """x^4 in one step (the midpoint): the sum is 4 (x/2)^3 x = x^4 / 2, so half of the difference is
    missing.
    """

    class Fourth(torch.nn.Module):
        def forward(self, x):
            return (x**4).sum((1, 2, 3))[:, None]

    _, error = run(Fourth(), pictures(1), Score((0,)), torch.zeros(1, 3, 4, 6, dtype=torch.float64), steps=1)
    assert error.item() == pytest.approx(0.5)


@pytest.mark.peers
def test_complete_at_200_steps_on_the_embedded_model(lite0, dog_cat):
    e = xai.explain(lite0, dog_cat, "integrated_gradients", 243, steps=200, aggregate="signed")
    assert e.facts["completeness_error"] < 0.01
    with lite0.session() as net, torch.inference_mode():
        x = lite0.preprocess(dog_cat)
        logits = net(torch.cat([x, torch.full_like(x, -1.0)]))[:, 243]  # the model's mean and std are 0.5
    assert float(e.heatmap.sum()) == pytest.approx(float(logits[0] - logits[1]), rel=0.01)
    assert (e.signed, e.heatmap.shape) == (True, (224, 224))


SMALL = {"steps": 3, "aggregate": "signed"}


def test_several_baselines_are_the_mean_of_the_maps(lite0_small, chelsea):
    both, black, white = (
        xai.explain(lite0_small, chelsea, "integrated_gradients", baseline=kind, **SMALL)
        for kind in ("black_white", "black", "white")
    )
    mean = (black.heatmap + white.heatmap) / 2
    np.testing.assert_allclose(both.heatmap, mean, atol=1e-5, rtol=1e-4)
    assert (both.forwards, black.forwards) == (1 + 2 * 3 + 3, 1 + 3 + 2)
    e = xai.explain(lite0_small, chelsea, "integrated_gradients", steps=1, baseline="pictures")
    assert e.forwards == 1 + 8 + 9


def test_draws_of_noise(lite0_small, chelsea):
    one, same, four = (
        xai.explain(lite0_small, chelsea, "integrated_gradients", baseline="noise", **SMALL, **draws)
        for draws in ({}, {"draws": 1}, {"draws": 4})
    )
    assert one.heatmap.tobytes() == same.heatmap.tobytes()
    assert four.forwards == 1 + 4 * 3 + 5
    assert one.heatmap.tobytes() != four.heatmap.tobytes()


def test_growth_over_two_baselines():
    shown, x, b = [], pictures(1), pictures(2, seed=5)
    progress = Progress(on_partial=lambda values, count, of: shown.append((values, count, of)))
    progress._next_look = 0.0
    integrated_gradients(Linear(), x, Score((1,)), b, progress, {}, 6, "signed")
    assert shown[0][1:] == (4, 12)  # after a batch of four on the way from the first of two
    assert_close(shown[0][0], ((x - b[:1]) * Linear().weight[1])[0].sum(0).detach())
