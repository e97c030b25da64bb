"""RISE: masks as the paper makes them, the weighted mean by hand, and a score that is found."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods._soft_masks import soft_cells, soft_masks
from xai_core.methods.rise import rise
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Painted

from .tiny import Linear, pictures


def run(net, x, score, baseline, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    return rise(Painted(net, x, baseline), x, score, None, generator, Progress(), {}, **options)


def test_masks_are_shifted_grids():
    cells = torch.zeros(2, 1, 5, 5)
    cells[:, 0, 2, 2] = 1
    masks = soft_masks(cells, torch.tensor([[0.0, 0.0], [0.99, 0.5]]), (40, 60))
    assert masks.shape == (2, 1, 40, 60)
    assert 0 <= masks.min() <= masks.max() <= 1
    y, x = divmod(int(masks[0, 0].argmax()), 60)
    assert (y // 10, x // 15) == (2, 2)
    y2, x2 = divmod(int(masks[1, 0].argmax()), 60)
    assert y - y2 == 9
    assert x - x2 == 7


def test_the_weighted_mean_by_hand():
    net, x, b = Linear(), pictures(2), torch.zeros(2, 3, 4, 6, dtype=torch.float64)
    found = run(net, x, Score((1, 0)), b, masks=20, grid=2, keep=0.3, draw="independent")
    generator = torch.Generator().manual_seed(0)
    cells = (torch.rand(20, 1, 3, 3, generator=generator) < 0.3).double()
    masks = soft_masks(cells, torch.rand(20, 2, generator=generator), (4, 6))
    for i, target in enumerate((1, 0)):
        scores = net(x[i : i + 1] * masks)[:, target].detach()
        assert_close(found[i].detach(), (scores[:, None, None] * masks[:, 0]).sum(0) / (20 * 0.3))


def test_pairs_by_hand():
    """The second mask of a pair is one minus the first; the map is the mean of both, picture by picture."""
    net, x, b = Linear(), pictures(2), torch.full((2, 3, 4, 6), 0.25, dtype=torch.float64)
    found = run(net, x, Score((1, 0)), b, masks=20, grid=2, draw="pairs")
    generator = torch.Generator().manual_seed(0)
    first = (torch.rand(10, 1, 3, 3, generator=generator) < 0.5).double()
    first = soft_masks(first, torch.rand(10, 2, generator=generator), (4, 6))
    masks = torch.cat([first, 1 - first])
    for i, target in enumerate((1, 0)):
        seen = x[i : i + 1] * masks + b[i : i + 1] * (1 - masks)
        scores = net(seen)[:, target].detach()
        assert_close(found[i].detach(), (scores[:, None, None] * masks[:, 0]).sum(0) / (20 * 0.5))


@pytest.mark.parametrize("keep", [0.3, 0.5])
def test_a_pair_has_one_shift_and_opposite_cells(keep):
    cells, shifts = soft_cells(11, 4, keep, "pairs", torch.Generator().manual_seed(0))
    assert (cells.shape, shifts.shape) == ((11, 1, 5, 5), (11, 2))
    assert torch.equal(shifts[0:10:2], shifts[1:10:2])
    assert not (cells[0:10:2] & cells[1:10:2]).any(), "with keep up to 1/2 nothing is shown by both"
    if keep == 0.5:
        assert (cells[0:10:2] | cells[1:10:2]).all()


class Constant(nn.Module):
    """Says the same of every picture."""

    def forward(self, x):
        return torch.full((len(x), 1), 3.0, dtype=x.dtype)


def test_pairs_show_every_place_equally_often():
    """A network that sees nothing gets a flat map; independent masks leave their own pattern."""
    x = torch.ones(1, 3, 28, 42, dtype=torch.float64)
    flat = run(Constant(), x, Score((0,)), torch.zeros_like(x), masks=50, draw="pairs")
    assert_close(flat, torch.full((1, 28, 42), 3.0, dtype=torch.float64))
    assert run(Constant(), x, Score((0,)), torch.zeros_like(x), masks=50, draw="independent").std() > 0.1


def test_pairs_estimate_the_papers_mean_with_less_noise():
    net, x = Linear(), pictures(1)
    b = torch.zeros_like(x)
    exact = run(net, x, Score((1,)), b, masks=4000, grid=2, draw="pairs")
    alone = run(net, x, Score((1,)), b, seed=9, masks=4000, grid=2, draw="independent")
    assert_close(alone, exact, atol=0.1, rtol=0.05)
    error = {
        draw: torch.stack(
            [run(net, x, Score((1,)), b, seed, masks=100, grid=2, draw=draw) - exact for seed in range(20)]
        ).std()
        for draw in ("pairs", "independent")
    }
    assert error["pairs"] < 0.75 * error["independent"]


class Corner(nn.Module):
    """Sees the upper left ninth alone."""

    def forward(self, x):
        seen = x[:, :, : x.shape[2] // 3, : x.shape[3] // 3].mean((1, 2, 3))
        return torch.stack([seen, 0 * seen], 1)


def test_it_finds_what_the_network_sees():
    x = torch.ones(1, 3, 42, 63)
    found = run(Corner(), x, Score((0,)), torch.zeros_like(x), masks=400, grid=6)[0]
    inside = found[:14, :21].mean()
    assert inside > found[21:, 31:].mean() + 0.05


def test_probability_is_the_default_and_never_negative(lite0, chelsea):
    e = xai.explain(lite0, chelsea, "rise", masks=12)
    assert (e.params["score"], e.signed, e.heatmap.shape) == ("probability", False, (224, 224))
    assert e.heatmap.min() >= 0
    assert xai.explain(lite0, chelsea, "rise", masks=12, score="logit").signed
    again = xai.explain(lite0, chelsea, "rise", masks=12)
    assert again.heatmap.tobytes() == e.heatmap.tobytes()
    assert xai.explain(lite0, chelsea, "rise", masks=12, seed=1).heatmap.tobytes() != e.heatmap.tobytes()


@pytest.mark.parametrize("name", ["masks", "grid", "keep"])
def test_out_of_range(lite0, chelsea, name):
    with pytest.raises(xai.InputError, match=f"{name} of rise is 0"):
        xai.explain(lite0, chelsea, "rise", **{name: 0})
