"""RISE: masks as the paper makes them, the weighted mean by hand, and a score that is found."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.rise import rise, soft_masks
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
    found = run(net, x, Score((1, 0)), b, masks=20, grid=2, keep=0.3)
    generator = torch.Generator().manual_seed(0)
    cells = (torch.rand(20, 1, 3, 3, generator=generator) < 0.3).double()
    masks = soft_masks(cells, torch.rand(20, 2, generator=generator), (4, 6))
    for i, target in enumerate((1, 0)):
        scores = net(x[i : i + 1] * masks)[:, target].detach()
        assert_close(found[i].detach(), (scores[:, None, None] * masks[:, 0]).sum(0) / (20 * 0.3))


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
