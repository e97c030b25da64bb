"""Completeness: every method that promises a sum keeps it, against sums worked out by hand."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import nn

import xai_core as xai
from tests.xai_core import vits
from tests.xai_core.attacks.hand import GRID, handle, logits, picture
from tests.xai_core.methods.lrp_by_hand import relevance
from tests.xai_core.methods.test_attn_lrp import bias_free
from xai_core.inputs.views import InputGrid
from xai_core.methods import DIFFERENCE, WHOLE
from xai_core.metrics.case import Case
from xai_core.metrics.completeness import QUALITY, Completeness, completeness
from xai_core.models.spec import ModelSpec

from .test_insertion import explanation

DIFFERENCES = [key for key, spec in xai.METHODS.items() if spec.adds_up_to == DIFFERENCE]
FAST = {"samples": 40, "orders": 3, "steps": 5, "segments": 4, "segmentation": "grid"}


def params_of(method, **more):
    known = {param.name for param in xai.METHODS[method].params}
    return {name: value for name, value in (FAST | more).items() if name in known}


def test_who_promises():
    assert {"guided_ig", "blur_ig"} <= set(DIFFERENCES)
    assert {"integrated_gradients", "deep_lift", "kernel_shap", "partition_shap"} <= set(DIFFERENCES)
    whole = {key for key, spec in xai.METHODS.items() if spec.adds_up_to == WHOLE}
    assert {"lrp", "attn_lrp", "cp_lrp"} <= whole


@pytest.mark.parametrize("method", [key for key in DIFFERENCES if xai.METHODS[key].start is None])
def test_the_difference_to_white_on_a_linear_network(method):
    own, image = handle(3), picture(1)
    e = xai.explain(own, image, method, 2, **params_of(method, baseline="white"))
    found = completeness(own, image, e)
    wanted = logits(own, image.pixels)[2] - logits(own, np.full((4, 6, 3), 255))[2]
    assert found.promised == pytest.approx(wanted, rel=1e-5)
    assert found.error < 1e-4, found


def test_the_difference_to_the_blurred_picture_on_a_linear_network():
    """scipy blurs the normalised picture, with zeros outside."""
    own, image = handle(3), picture(1)
    e = xai.explain(own, image, "blur_ig", 2, steps=4, max_sigma=2.0)
    found = completeness(own, image, e)
    x = (image.pixels / 255 - np.array(GRID.mean)) / np.array(GRID.std)
    soft = gaussian_filter(x, (2, 2, 0), mode="constant") * GRID.std + np.array(GRID.mean)
    wanted = logits(own, image.pixels)[2] - logits(own, soft * 255)[2]
    assert found.promised == pytest.approx(wanted, rel=1e-5)
    assert found.error < 1e-4, found


def test_a_wrong_map_is_found_out():
    own, image = handle(3), picture(1)
    e = xai.explain(own, image, "integrated_gradients", 2, aggregate="signed")
    right = completeness(own, image, e)
    half = xai.Explanation(e.heatmap / 2, e.method, 2, "", None, e.params, True, 0, 0, 1, 0, e.view_size)
    found = completeness(own, image, half)
    assert found.promised == pytest.approx(right.promised)
    assert found.error == pytest.approx(0.5, abs=1e-4)


def convolutional(bias):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, bias=bias), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3, bias=bias)
    ).double()
    spec = ModelSpec("convolutional", "Convolutional", "none", "convolutional")
    return xai.ModelHandle(spec, net, ("a", "b", "c"), GRID, torch.device("cpu"), torch.float64)


def test_relevance_adds_up_to_the_score_where_no_bias_holds_a_part():
    image = picture(1)
    free, held = (
        completeness(own, image, xai.explain(own, image, "lrp", 1, composite="epsilon_plus"))
        for own in (convolutional(False), convolutional(True))
    )
    assert free.promised == pytest.approx(xai.explain(convolutional(False), image, "gradient", 1).logit)
    assert free.error < 1e-4
    assert held.error > 1e-2


@pytest.mark.parametrize("free", [True, False])
def test_relevance_in_a_transformer(free):
    """Without biases CP-LRP misses nothing, and AttnLRP misses what the expansion of softmax leaves over:
    shares worked out one at a time."""
    net = vits.random_vit(pool="avg")
    if free:
        bias_free(net)
    grid = InputGrid(vits.SIZE, 16, "bilinear", (0.5, 0.5, 0.5), (0.5, 0.25, 0.2))
    spec = ModelSpec("transformer", "Transformer", "none", "transformer")
    own = xai.ModelHandle(spec, net, tuple("abcd"), grid, torch.device("cpu"), torch.float64)
    pixels = np.random.default_rng(1).integers(0, 256, (*vits.SIZE, 3), dtype=np.uint8)
    image = xai.ImageInput(pixels, "squash", "picture")
    for method, through in (("cp_lrp", False), ("attn_lrp", True)):
        found = completeness(own, image, xai.explain(own, image, method, 2))
        _, logit, lost = relevance(net, own.preprocess(image)[0], 2, through)
        assert found.promised == pytest.approx(logit, rel=1e-6)
        assert found.sum == pytest.approx(logit - sum(lost.values()), rel=1e-5, abs=1e-5)
        if free:
            assert (found.error > 1e-3) if through else (found.error < 1e-5), method
        else:
            assert found.error > 1e-2


def test_who_promises_nothing():
    own, image = handle(3), picture(1)
    e = xai.explain(own, image, "gradient", 1)
    assert np.isnan(QUALITY.value(Case(own, image, (), (), e)))
    with pytest.raises(xai.InputError, match="'gradient' promises no sum; the methods that do are"):
        completeness(own, image, e)
    with pytest.raises(xai.InputError, match="'chance' promises no sum"):
        completeness(own, image, explanation(np.zeros((4, 6)), method="chance"))
    assert np.isnan(Completeness(1.0, 0.0).error)
