"""integrated_gradients: exact for polynomials, complete on the embedded model."""

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
    """The integral of 2 (b + a (x - b)) is x + b, so each pixel gets x^2 - b^2."""
    x, b = pictures(2), pictures(2, seed=5)
    found, error = run(Square(), x, Score((0, 1)), b, steps=2, aggregate="signed")
    scale = torch.tensor([1.0, 2.0], dtype=x.dtype)[:, None, None]
    assert_close(found, scale * (x**2 - b**2).sum(1))
    assert error.max() < 1e-9


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
