"""partition_shap: Owen values by their definition, the sum, and shap's PartitionExplainer."""

from itertools import permutations

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.partition_shap import cut, partition_shap
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Painted

from .tiny import Linear, pictures


def net(pixels):
    torch.manual_seed(0)
    made = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * pixels, 2), nn.Tanh())
    return made.double().eval().requires_grad_(False)


def run(model, x, score, **options):
    return partition_shap(Painted(model, x, torch.zeros_like(x)), x, score, Progress(), **options)


def pixels_of(box):
    top, left, height, width = box
    return [(i, j) for i in range(top, top + height) for j in range(left, left + width)]


def orders_of(box):
    """All orders of the pixels in which the pixels of every region of the tree stand together."""
    if box[2] * box[3] == 1:
        return [pixels_of(box)]
    one, other = (orders_of(half) for half in cut(box))
    return [[*a, *b] for first, second in ((one, other), (other, one)) for a in first for b in second]


def test_cut_deep_enough_it_is_the_mean_over_the_orders_that_the_tree_allows():
    x = pictures(1, (2, 3))
    model, orders = net(6), orders_of((0, 0, 2, 3))
    assert 1 < len(orders) < len(list(permutations(range(6))))
    expected = torch.zeros(2, 3, dtype=x.dtype)
    for order in orders:
        shown = torch.zeros_like(x)
        before = model(shown)[0, 1]
        for i, j in order:
            shown[0, :, i, j] = x[0, :, i, j]
            after = model(shown)[0, 1]
            expected[i, j] += (after - before) / len(orders)
            before = after
    assert_close(run(model, x, Score((1,)), samples=1000)[0], expected)


def test_a_linear_network_and_few_samples():
    model, x = Linear().requires_grad_(False), pictures(1)
    exact = (x * model.weight[1]).sum(1)
    assert_close(run(model, x, Score((1,)), samples=10_000), exact)
    blocks = run(model, x, Score((1,)), samples=4)
    assert_close(blocks[0, :, :3], exact[0, :, :3].mean().expand(4, 3))
    assert_close(blocks.sum(), exact.sum())


def test_halves():
    assert cut((1, 2, 5, 4)) == ((1, 2, 2, 4), (3, 2, 3, 4))
    assert cut((0, 0, 2, 3)) == ((0, 0, 2, 1), (0, 1, 2, 2))


def test_through_the_engine(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "partition_shap", samples=30)
    again = xai.explain(lite0_small, chelsea, "partition_shap", samples=30)
    assert e.heatmap.tobytes() == again.heatmap.tobytes()
    assert e.forwards == 31
    assert len(np.unique(e.heatmap)) > 4


@pytest.mark.peers
@pytest.mark.parametrize("name", ["lite0_64_small", "resnet18_64", "vit_64"])
@pytest.mark.parametrize("samples", [22, 102])
def test_shap(request, chelsea, name, samples):
    shap = pytest.importorskip("shap")
    handle = request.getfixturevalue(name)
    e = xai.explain(handle, chelsea, "partition_shap", 282, samples=samples, baseline="black")
    with handle.session() as network, torch.no_grad():
        x = handle.preprocess(chelsea)
        black = handle.grid.normalise(torch.zeros_like(x))

        def forward(pictures):
            batch = torch.from_numpy(np.asarray(pictures)).permute(0, 3, 1, 2)
            return network(batch)[:, 282].numpy()

        picture = x.permute(0, 2, 3, 1).numpy()
        masker = shap.maskers.Image(black[0].permute(1, 2, 0).numpy(), picture.shape[1:])
        explainer = shap.PartitionExplainer(forward, masker)
        theirs = explainer(picture, max_evals=samples, batch_size=10, silent=True).values[0].sum(-1)
    assert np.abs(e.heatmap - theirs).max() < 1e-5 * np.abs(theirs).max()
