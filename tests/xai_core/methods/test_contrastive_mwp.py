"""contrastive_mwp: two walks, once with the last layer's weights negated."""

import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.contrastive_mwp import contrastive_mwp
from xai_core.network.scores import Score

from .test_excitation_backprop import LAYER, small_net, walk
from .tiny import pictures


@pytest.mark.parametrize("target", [0, 2])
def test_two_walks(target):
    net, x = small_net(), pictures(1)
    found = contrastive_mwp(net, x, Score((target,)), LAYER)
    assert_close(found, walk(net, x, target) - walk(net, x, target, lambda w: -w))
    assert_close(found.sum(), torch.zeros((), dtype=torch.float64), atol=1e-9, rtol=0)
    assert found.min() < 0 < found.max()


def test_classes_differ_more_than_without_contrast(lite0_small, chelsea):
    def alike(method):
        one, other = (
            torch.tensor(xai.explain(lite0_small, chelsea, method, t, layer="blocks.4").heatmap).flatten()
            for t in (282, 967)
        )
        return float(torch.corrcoef(torch.stack([one, other]))[0, 1])

    assert alike("contrastive_mwp") < alike("excitation_backprop")
