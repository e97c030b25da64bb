"""Beside Captum, lime and shap on the embedded model in float64, on a small grid that is not square."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.engine import references
from xai_core.inputs.views import InputGrid
from xai_core.models.layers import find_layers

pytest.importorskip("captum")
EXACT = 1e-4
SIZE = (64, 96)


@pytest.fixture(scope="module")
def small():
    whole = xai.load_model("efficientnet_lite0", device="cpu", dtype=torch.float64)
    with whole.session() as net:
        own = copy.deepcopy(net)
    return _handle(whole, own)


def _handle(whole, net):
    grid = InputGrid(SIZE, 73, "bicubic", whole.grid.mean, whole.grid.std)
    handle = xai.ModelHandle(whole.spec, net, whole.labels, grid, torch.device("cpu"), torch.float64)
    handle.layers = find_layers(net, handle.blank())
    return handle


@pytest.fixture(scope="module")
def small_relu(small):
    """The same weights with ReLU in place of ReLU6, which Captum's guided rule does not know."""
    with small.session() as net:
        own = copy.deepcopy(net)
    for module in list(own.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.ReLU6):
                setattr(module, name, nn.ReLU(inplace=True))
    return _handle(small, own)


CASES = [
    ("gradient", {}),
    ("gradient", {"aggregate": "signed"}),
    ("gradient", {"score": "probability"}),
    ("input_x_gradient", {}),
    ("input_x_gradient", {"aggregate": "signed"}),
    ("integrated_gradients", {"steps": 20}),
    (
        "integrated_gradients",
        {"steps": 20, "baseline": "white", "aggregate": "signed", "score": "probability"},
    ),
    ("integrated_gradients", {"steps": 10, "baseline": "noise"}),
    ("integrated_gradients", {"steps": 5, "baseline": "black_white"}),
    ("occlusion", {"window": 16, "stride": 16}),
    ("occlusion", {"window": 24, "stride": 12, "baseline": "mean"}),
    ("occlusion", {"window": 20, "stride": 20, "baseline": "blur", "score": "probability"}),
    ("grad_cam", {}),
    ("hires_cam", {"contrast": 282}),
    ("lime", {"samples": 30, "segments": 8, "draw": "independent"}),
    ("lime", {"samples": 30, "segments": 8, "features": 4, "score": "probability", "baseline": "black"}),
]
CORE = [CASES[0], CASES[8], CASES[11], CASES[13]]  # each library once


@pytest.mark.parametrize(
    ("method", "params"), core_and_peers(CASES, CORE), ids=[f"{m} {p}" for m, p in CASES]
)
def test_equals_the_library(small, dog_cat, method, params):
    e = xai.explain(small, dog_cat, method, 243, layer="blocks.4", **params)
    found = references.check(small, dog_cat, e)
    assert found.difference < EXACT
    assert found.correlation > 0.999999
    assert np.abs(found.heatmap).max() > 0


def test_guided_backprop_equals_captum_where_captum_knows_the_rectifier(small_relu, dog_cat):
    for target in (243, 282):
        e = xai.explain(small_relu, dog_cat, "guided_backprop", target, aggregate="signed")
        assert references.check(small_relu, dog_cat, e).difference < EXACT


def test_guided_backprop_says_where_captum_has_no_rule(small, dog_cat):
    found = references.check(small, dog_cat, xai.explain(small, dog_cat, "guided_backprop", 243))
    assert "covers ReLU alone" in found.note
    assert found.difference > EXACT


def test_lime_says_that_the_library_draws_no_pairs(small, dog_cat):
    options = {"samples": 12, "segments": 4}
    notes = [
        references.check(small, dog_cat, xai.explain(small, dog_cat, "lime", 243, **options, draw=draw)).note
        for draw in ("pairs", "independent")
    ]
    assert "draws each mask by itself" in notes[0]
    assert "by itself" not in notes[1]


@pytest.mark.peers
def test_kernel_shap_equals_shap_where_both_enumerate(small, dog_cat):
    e = xai.explain(small, dog_cat, "kernel_shap", 243, samples=100, segments=6, segmentation="grid")
    assert references.check(small, dog_cat, e).difference < EXACT


@pytest.mark.peers
def test_kernel_shap_is_within_shaps_own_sampling_error(small, dog_cat):
    """shap's own spread over seeds is the yardstick: ours lies no further from its mean than that allows."""
    e = xai.explain(small, dog_cat, "kernel_shap", 243, samples=60, segments=8, segmentation="grid")
    runs = []
    for seed in range(2):
        np.random.seed(seed)
        runs.append(references.check(small, dog_cat, e).heatmap[:: SIZE[0] // 4, :: SIZE[1] // 6])
    ours = e.heatmap[:: SIZE[0] // 4, :: SIZE[1] // 6]
    spread = np.std(runs, axis=0, ddof=1).mean()
    assert np.abs(ours - np.mean(runs, axis=0)).mean() < 3 * spread


@pytest.mark.peers
def test_limes_top_five_are_those_of_the_lime_library(lite0, dog_cat):
    e = xai.explain(lite0, dog_cat, "lime", 243, samples=80, segments=20)
    theirs = references.check(lite0, dog_cat, e).heatmap

    def top_five(values):
        weights = {int(label): float(values[e.segments == label][0]) for label in np.unique(e.segments)}
        return sorted(weights, key=weights.get)[-5:]

    assert top_five(e.heatmap) == top_five(theirs)


def test_the_network_is_left_as_it_was(small, dog_cat):
    before = xai.explain(small, dog_cat, "gradient", 243)
    for method in ("guided_backprop", "input_x_gradient", "grad_cam"):
        references.check(small, dog_cat, xai.explain(small, dog_cat, method, 243))
    with small.session() as net:
        assert not any(module._forward_hooks or module._backward_hooks for module in net.modules())
        assert not any(parameter.requires_grad for parameter in net.parameters())
    assert xai.explain(small, dog_cat, "gradient", 243).heatmap.tobytes() == before.heatmap.tobytes()


def test_what_no_library_has_is_said(lite0, chelsea):
    assert references.library_for("random") is None
    with pytest.raises(xai.InputError, match="No installed library has random"):
        references.check(lite0, chelsea, xai.explain(lite0, chelsea, "random"))
    with pytest.raises(xai.InputError, match="always applies ReLU"):
        references.check(lite0, chelsea, xai.explain(lite0, chelsea, "grad_cam", relu=False))
    own = xai.explain(lite0, chelsea, "gradient", score=lambda logits: logits[:, 0])
    with pytest.raises(xai.InputError, match="explains a score of its own"):
        references.check(lite0, chelsea, own)
