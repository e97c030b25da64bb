"""A lower precision is used where it was asked for alone, and every map that it made says so."""

import copy

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.network.batches import onto

REQUESTS = [
    xai.Request("occlusion", 281, params={"window": 16, "stride": 16}),
    xai.Request("gradient", 281),
    xai.Request("grad_cam", 281),
]


@pytest.fixture(scope="module")
def autocast(lite0_small):
    with lite0_small.session() as net:
        made = lite0_small.like(copy.deepcopy(net), lite0_small.device)
    made.autocast = torch.bfloat16
    return made


@pytest.mark.peers
def test_close_marked_and_nowhere_else(lite0_small, autocast, chelsea):
    exact = xai.explain_many(lite0_small, chelsea, REQUESTS)
    rough = xai.explain_many(autocast, chelsea, REQUESTS)
    assert [e.notes for e in exact] == [()] * 3
    marked = [e.notes for e in rough]
    assert marked == [("Computed in bfloat16 (autocast): not exact.",)] * 2 + [()]
    r = np.corrcoef(exact[0].heatmap.ravel(), rough[0].heatmap.ravel())[0, 1]
    assert 0.9 < r < 1
    np.testing.assert_array_equal(exact[2].heatmap, rough[2].heatmap)
    assert rough[0].heatmap.dtype == np.float32


def test_handles_of_the_same_network_keep_it(autocast):
    with autocast.session() as net:
        assert autocast.like(net, autocast.device).autocast is torch.bfloat16


def test_it_is_asked_for_when_a_model_is_loaded():
    assert xai.load_model("efficientnet_lite0", "cpu").autocast is None
    assert xai.load_model("efficientnet_lite0", "cpu", autocast=torch.bfloat16).autocast is torch.bfloat16
    with pytest.raises(xai.InputError, match=r"^autocast is 'half'; accepted are None, torch.bfloat16"):
        xai.load_model("efficientnet_lite0", "cpu", autocast="half")


def test_onto_the_same_device_is_the_tensor_itself():
    x = torch.rand(3)
    assert onto(x, torch.device("cpu")) is x
    assert onto(x, torch.device("cpu"), torch.float64).dtype == torch.float64
    assert onto(x, torch.device("meta")).is_meta
