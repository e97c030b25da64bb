"""occlusion: exact on a linear network, for windows that tile the picture, overlap, and stick out."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.occlusion import occlusion
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Painted

from .tiny import Linear, pictures


def loss(net, x, target, top, left, window, baseline):
    hidden = x.clone()
    hidden[:, :, top : top + window, left : left + window] = baseline[
        :, :, top : top + window, left : left + window
    ]
    return (net(x)[0, target] - net(hidden)[0, target]).item()


def test_windows_that_tile_the_picture():
    net, x, b = Linear(), pictures(2), pictures(2, seed=7)
    found = occlusion(Painted(net, x, b), x, Score((1, 2)), Progress(), 2, 2)
    assert found.shape == (2, 2, 3)
    expected = (net.weight[[1, 2]] * (x - b)).sum(1).detach()
    assert_close(found, expected.view(2, 2, 2, 3, 2).sum((2, 4)))


@pytest.mark.parametrize(("window", "stride"), [(3, 1), (3, 2), (2, 1), (3, 3), (4, 4)])
def test_overlapping_and_cut_windows_by_hand(window, stride):
    net, x = Linear(), pictures(1)
    b = torch.zeros_like(x)
    total, count = np.zeros((4, 6)), np.zeros((4, 6))
    for top in range(0, 4 - window + stride, stride):
        for left in range(0, 6 - window + stride, stride):
            drop = loss(net, x, 0, top, left, window, b)
            total[top : top + window, left : left + window] += drop
            count[top : top + window, left : left + window] += 1
    found = occlusion(Painted(net, x, b), x, Score((0,)), Progress(), window, stride)
    np.testing.assert_allclose(found[0].detach().numpy(), total / count, atol=1e-12)


def test_positive_where_hiding_lowers_the_score(lite0, dog_cat):
    e = xai.explain(lite0, dog_cat, "occlusion", 243, window=56, stride=56, baseline="mean")
    assert e.heatmap.shape == (4, 4)
    assert e.forwards == 18  # the windows, the whole picture in the scorer, and in the network itself
    assert e.heatmap[:2, :2].max() == e.heatmap.max() > 0  # the dog's head


def test_bad_windows(lite0, chelsea):
    with pytest.raises(xai.InputError, match="stride of occlusion is 16; at most the window, 8"):
        xai.explain(lite0, chelsea, "occlusion", window=8, stride=16)
    x = pictures(1)
    with pytest.raises(xai.InputError, match="window of occlusion is 9"):
        occlusion(Painted(Linear(), x, x), x, Score((0,)), Progress(), 9, 9)
