"""guided_ig: a product whose path is known, the straight line in closed form, and the path of a network value
by value."""

import math

import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.guided_ig import guided_ig
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .masks_by_hand import small_net
from .tiny import Linear, Square, pictures


def run(net, x, score, baseline, progress=None, **options):
    facts = {}
    found = guided_ig(net, x, score, baseline, progress or Progress(), facts, **options)
    return found, facts["completeness_error"]


class _Gated(torch.nn.Module):
    """2 u + u v, of two values u and v."""

    def forward(self, x):
        u, v = x[:, 0, 0, 0], x[:, 1, 1, 2]
        return (2 * u + u * v)[:, None]


def test_the_value_without_a_gradient_moves_first():
    """From 0 to 1 the gradients are (2, 0), so v goes all the way first and gets nothing; u gets 2 + 1. On
    the straight line v gets 1/2 and u 2 1/2."""
    x, b = torch.zeros(1, 3, 2, 4, dtype=torch.float64), torch.zeros(1, 3, 2, 4, dtype=torch.float64)
    x[0, 0, 0, 0] = x[0, 1, 1, 2] = 1
    found, error = run(_Gated(), x, Score((0,)), b, steps=4, fraction=0.01, max_dist=1, aggregate="signed")
    expected = torch.zeros(1, 2, 4, dtype=torch.float64)
    expected[0, 0, 0] = 3
    assert_close(found, expected)
    assert error.item() < 1e-12
    straight, _ = run(_Gated(), x, Score((0,)), b, steps=500, max_dist=0, aggregate="signed")
    assert_close(straight[0, [0, 1], [0, 2]], torch.tensor([2.5, 0.5]).double(), atol=2e-3, rtol=0)


class _Bent(torch.nn.Module):
    """v + 3 max(0, u - v), of two values u and v."""

    def forward(self, x):
        u, v = x[:, 0, 0, 0], x[:, 1, 1, 2]
        return (v + 3 * (u - v).relu())[:, None]


@pytest.mark.parametrize("steps", [2, 20, 200])
def test_more_steps_do_not_make_the_sum_complete(steps):
    """Where u <= v the gradients are (0, 1), so u moves, by 2 / steps; then they are (3, -2), so v moves by
    as much. u gets 0 and v -2, and the score grows from 0 to 1. The straight line misses nothing."""
    x, b = torch.zeros(1, 3, 2, 4, dtype=torch.float64), torch.zeros(1, 3, 2, 4, dtype=torch.float64)
    x[0, 0, 0, 0] = x[0, 1, 1, 2] = 1
    found, error = run(_Bent(), x, Score((0,)), b, steps=steps, fraction=0.01, max_dist=1, aggregate="signed")
    assert_close(found[0, [0, 1], [0, 2]], torch.tensor([0.0, -2.0]).double())
    assert error.item() == pytest.approx(3)
    _, error = run(_Bent(), x, Score((0,)), b, steps=steps, max_dist=0)
    assert error.item() < 1e-9


def test_a_linear_network_is_exact_on_any_path():
    net, x, b = Linear(), pictures(2), pictures(2, seed=5)
    found, error = run(net, x, Score((2, 0)), b, steps=3, max_dist=0.3)
    assert_close(found, ((x - b) * net.weight[[2, 0]]).abs().sum(1).detach())
    assert error.max() < 1e-9


def test_no_distance_is_the_straight_line():
    """For a square the step from t/T has the gradient 2 (b + t/T (x - b))."""
    x, b, steps = pictures(1), pictures(1, seed=5), 5
    found, _ = run(Square(), x, Score((0,)), b, steps=steps, max_dist=0, aggregate="signed")
    expected = (x - b) * (2 * b + (steps - 1) / steps * (x - b))
    assert_close(found, expected.sum(1))


def by_hand(net, x, b, target, steps, fraction, max_dist):
    """The path with one number for each value: its place in 0..1 on the way from b to x."""
    way = (x - b).flatten().tolist()
    total = sum(abs(w) for w in way)
    place, sums = [0.0] * len(way), [0.0] * len(way)
    for step in range(steps):
        at = b + torch.tensor(place, dtype=torch.float64).view_as(x) * (x - b)
        slope = torch.func.grad(lambda v: net(v)[0, target])(at).flatten().tolist()
        along = (step + 1) / steps
        low, high = max(along - max_dist, 0), min(along + max_dist, 1)
        new = [max(p, low) for p in place]
        group = math.floor(fraction * (len(way) - 1)) + 1
        while True:
            left = sum(abs(w) * (1 - p) for w, p in zip(way, new, strict=True)) - total * (1 - along)
            if left < 1e-9:
                break
            able = sorted((abs(slope[n]), n) for n in range(len(way)) if way[n] and new[n] < high)
            first = [n for _, n in able[:group]]
            reach = sum(abs(way[n]) * (high - new[n]) for n in first)
            share = min(1.0, left / reach)
            for n in first:
                new[n] = high if share == 1 else new[n] + share * (high - new[n])
        sums = [s + g * w * (q - p) for s, g, w, p, q in zip(sums, slope, way, place, new, strict=True)]
        place = new
    return torch.tensor(sums, dtype=torch.float64).view_as(x)


@pytest.mark.parametrize(("fraction", "max_dist"), [(0.25, 0.02), (0.1, 1.0), (0.6, 0.3)])
def test_against_the_path_value_by_value(fraction, max_dist):
    net, x, b = small_net(), pictures(1, (5, 9)), pictures(1, (5, 9), seed=5)  # no two gradients are equal
    b[..., :3] = x[..., :3]  # values that have no way to go
    options = {"steps": 5, "fraction": fraction, "max_dist": max_dist, "aggregate": "signed"}
    found, error = run(net, x, Score((2,)), b, **options)
    expected = by_hand(net, x, b, 2, 5, fraction, max_dist)
    assert_close(found, expected.sum(1), rtol=1e-9, atol=1e-12)
    with torch.inference_mode():
        difference = float(net(x)[0, 2] - net(b)[0, 2])
    assert error.item() == pytest.approx(abs(float(expected.sum()) - difference) / abs(difference))


def test_gradients_that_are_no_numbers_end_the_path():
    class Broken(torch.nn.Module):
        def forward(self, x):
            return (x.sum((1, 2, 3)) * float("nan"))[:, None]

    found, _ = run(Broken(), pictures(1), Score((0,)), pictures(1, seed=5), steps=3)
    assert found.isnan().all()


def test_growth_and_cancel():
    shown, asked, x, b = [], [], pictures(1), pictures(1, seed=5)
    progress = Progress(on_partial=lambda values, count, of: shown.append((values, count, of)))
    progress._next_look = 0.0
    whole, _ = run(Linear(), x, Score((1,)), b, progress, steps=4, max_dist=0)
    assert shown[0][1:] == (1, 4)
    assert_close(shown[0][0], whole[0] / 4)
    assert progress.forwards == 4 + 2
    with pytest.raises(xai.Cancelled):
        run(Linear(), x, Score((1,)), b, Progress(cancelled=lambda: asked.append(0) or len(asked) == 3))
    assert len(asked) == 3


def test_through_the_engine(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "guided_ig", steps=4, aggregate="signed")
    assert (e.signed, e.heatmap.shape, e.forwards) == (True, (64, 96), 1 + 4 + 2)
    with pytest.raises(xai.InputError, match="max_dist of guided_ig is 2"):
        xai.explain(lite0_small, chelsea, "guided_ig", max_dist=2)
