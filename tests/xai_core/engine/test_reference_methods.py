"""The counterparts of the newer methods, on a small network in float64 on a grid that is not square.

Whole networks beside the same libraries are compared in tests/xai_core/methods."""

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.engine import references

from ..own_scores import SIZE, body, seeded, wrapped

pytest.importorskip("captum")
EXACT = 1e-5
SHAP = [  # importing shap takes seconds
    ("partition_shap", {"samples": 22}),
    ("partition_shap", {"samples": 22, "baseline": "black", "score": "probability"}),
    ("kernel_shap", {"samples": 62, "segments": 6, "segmentation": "grid"}),
]
CASES = [
    ("smooth_grad", {"samples": 5}),
    ("smooth_grad", {"samples": 5, "average": "squared"}),
    ("smooth_grad_squared", {"samples": 5, "of": "input_x_gradient"}),
    ("var_grad", {"samples": 5, "score": "probability"}),
    ("gradient_shap", {"samples": 5}),
    ("gradient_shap", {"samples": 5, "sigma": 0.3, "baseline": "black", "aggregate": "signed"}),
    ("shapley_sampling", {"orders": 3, "segments": 6, "segmentation": "grid"}),
    ("shapley_sampling", {"orders": 3, "segments": 6, "segmentation": "grid", "baseline": "blur"}),
    ("deconvnet", {}),
    ("guided_backprop", {"aggregate": "signed"}),
    ("deep_lift", {"aggregate": "signed"}),
    ("deep_lift", {"contrast": 0}),
    ("deep_lift_shap", {"baseline": "noise"}),
    ("grad_cam_elementwise", {}),
    ("eigen_cam", {}),
    ("eigen_grad_cam", {}),
    ("kpca_cam", {}),
    ("kpca_cam", {"kernel": "poly"}),
    ("finer_cam", {"classes": 1}),
    ("finer_cam", {"weighting": "probability", "counterfactual": True}),
    ("shapley_cam", {}),
    ("shapley_cam", {"utility": "logit", "contrast": 0}),
]


def handle_with(activation):
    def make():
        net = body()
        net[2] = activation()
        head = nn.Linear(8, 3)
        return nn.Sequential(
            net, nn.Conv2d(8, 8, 3, 1, 1), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head
        )

    return wrapped(seeded(make))


@pytest.fixture(scope="module")
def handle():
    return handle_with(nn.ReLU)


@pytest.fixture(scope="module")
def image():
    return xai.load_image(np.random.default_rng(3).integers(0, 256, (*SIZE, 3), dtype=np.uint8))


def explained(handle, image, method, params):
    """A map that is not empty: where the class has none after ReLU, that of the next one."""
    layer = "0" if xai.METHODS[method].layered else None
    for target in (1, 2):
        e = xai.explain(handle, image, method, target, layer=layer, **params)
        if e.heatmap.any():
            return e
    raise AssertionError("an empty map proves nothing")


@pytest.mark.parametrize(
    ("method", "params"),
    core_and_peers([*CASES, *SHAP], CASES),
    ids=[f"{method} {params}" for method, params in [*CASES, *SHAP]],
)
def test_equals_the_library(handle, image, method, params):
    e = explained(handle, image, method, params)
    found = references.check(handle, image, e)
    assert found.difference < EXACT
    assert np.abs(found.heatmap).max() > 0
    assert found.heatmap.std() > 0


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("guided_backprop", "covers ReLU alone"),
        ("deconvnet", "covers ReLU alone"),
        ("deep_lift", "takes their gradient"),
    ],
)
def test_a_rectifier_without_a_rule_in_captum_is_said(image, method, said):
    handle = handle_with(nn.SiLU)
    found = references.check(handle, image, explained(handle, image, method, {}))
    assert said in found.note
    assert found.difference > EXACT


def test_a_method_that_means_something_else_there_is_said(handle, image):
    found = references.check(handle, image, explained(handle, image, "fem", {"sigmas": 1}))
    assert "So the two differ" in found.note
    assert found.difference > EXACT


def test_an_activation_that_is_called_twice_has_no_deep_lift_in_captum(image):
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other, self.act = nn.Conv2d(3, 4, 3, 2), nn.Conv2d(4, 4, 3, 2), nn.ReLU()
            self.head = nn.Linear(4, 3)

        def forward(self, x):
            return self.head(self.act(self.other(self.act(self.one(x)))).mean((2, 3)))

    handle = wrapped(Twice().double())
    e = explained(handle, image, "deep_lift", {})
    with pytest.raises(xai.InputError, match="a module that is called once"):
        references.check(handle, image, e)


def test_averages_that_captum_does_not_have_are_refused(handle, image):
    e = explained(handle, image, "smooth_grad", {"samples": 3, "average": "absolute"})
    with pytest.raises(xai.InputError, match="not their absolute values"):
        references.check(handle, image, e)


def test_global_functions_are_as_before(handle, image):
    """The draws are given to one call and not to NumPy or torch."""
    from captum.attr._core import gradient_shap as module

    references.check(handle, image, explained(handle, image, "gradient_shap", {"samples": 2}))
    assert module.np is np
    assert torch.normal(0, torch.ones(4)).shape == (4,)
