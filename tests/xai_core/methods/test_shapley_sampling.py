"""shapley_sampling: all orders give the definition, every order adds up, and Captum's with our orders."""

from itertools import permutations

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.shapley_sampling import coalitions, shapley_sampling
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Painted

from .test_kernel_shap import shapley
from .tiny import pictures

SEGMENTS = torch.tensor([[[0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2], [3, 3, 3, 4, 4, 4], [3, 3, 3, 4, 4, 4]]])


def net():
    torch.manual_seed(0)
    made = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3), nn.Tanh())
    return made.double().eval().requires_grad_(False)


def run(model, x, score, seed=0, **options):
    facts = {}
    hiding = Painted(model, x, torch.zeros_like(x))
    generator = torch.Generator().manual_seed(seed)
    return shapley_sampling(hiding, x, score, SEGMENTS, generator, Progress(), facts, **options), facts


def values_of(model, x, target):
    keep = (torch.arange(32)[:, None] >> torch.arange(5) & 1).bool()
    return model(torch.where(keep[:, SEGMENTS[0]][:, None], x, 0.0))[:, target].numpy()


def test_all_orders_give_the_definition(monkeypatch):
    model, x = net(), pictures(1)
    orders = iter(list(permutations(range(5))))
    monkeypatch.setattr(torch, "randperm", lambda count, generator=None: torch.tensor(next(orders)))
    found, facts = run(model, x, Score((1,)), orders=120)
    expected = torch.from_numpy(shapley(values_of(model, x, 1), 5))
    assert_close(found[0], expected[SEGMENTS[0]])
    assert facts["superpixels"] == [5]


def test_every_order_adds_up():
    model, x = net(), pictures(1)
    found, _ = run(model, x, Score((2,)), orders=1)
    phi = [float(found[label == SEGMENTS][0]) for label in range(5)]
    values = values_of(model, x, 2)
    assert sum(phi) == pytest.approx(values[31] - values[0])


def test_the_rows_of_an_order():
    expected = [[0, 0, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1]]
    assert coalitions(np.array([2, 0, 1])).astype(int).tolist() == expected


def test_seeds_and_stable():
    model, x, score = net(), pictures(1), Score((1,))
    assert torch.equal(run(model, x, score, 3)[0], run(model, x, score, 3)[0])
    assert not torch.equal(run(model, x, score, 3)[0], run(model, x, score, 4)[0])
    _, facts = run(model, x, score, orders=500, stable=0.7)
    assert facts["samples"][0] < 500


@pytest.mark.peers
@pytest.mark.parametrize("name", ["lite0_64_small", "resnet18_64", "vit_64"])
def test_captum_with_the_same_orders(request, chelsea, name):
    captum = pytest.importorskip("captum.attr")
    handle = request.getfixturevalue(name)
    e = xai.explain(
        handle, chelsea, "shapley_sampling", 282, orders=3, segments=6, segmentation="grid", baseline="black"
    )
    generator = torch.Generator().manual_seed(0)
    count = int(e.facts["superpixels"])
    orders = [torch.randperm(count, generator=generator).tolist() for _ in range(3)]
    with handle.session() as network:
        x = handle.preprocess(chelsea)
        black = handle.grid.normalise(torch.zeros_like(x))
        peer = captum.ShapleyValueSampling(network)
        peer.permutation_generator = lambda features, samples: iter(orders)
        mask = torch.from_numpy(e.segments.copy()).long()[None, None].expand(1, 3, -1, -1).contiguous()
        theirs = peer.attribute(x, black, 282, feature_mask=mask, n_samples=3)[0, 0]
    ours = torch.from_numpy(e.heatmap.copy()).double()
    assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()
