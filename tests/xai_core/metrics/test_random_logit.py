"""The random-logit test: against structural similarity written out, one for a map blind to the class."""

import numpy as np
import pytest
import torch

import xai_core as xai
from tests.xai_core.attacks.hand import handle as small
from tests.xai_core.attacks.hand import picture
from tests.xai_core.methods.tiny import Linear
from xai_core.inputs.views import InputGrid
from xai_core.metrics.random_logit import random_logit
from xai_core.models.spec import ModelSpec

SIZE = (9, 12)
SIGNED = xai.Request("gradient", 1, None, {"aggregate": "signed"})


def handle(classes=4):
    grid = InputGrid(SIZE, 9, "bilinear", (0.5, 0.5, 0.5), (0.5, 0.25, 0.2))
    labels = tuple(f"class {k}" for k in range(classes))
    spec = ModelSpec("linear", "Linear", "none", "linear")
    return xai.ModelHandle(spec, Linear(classes, SIZE), labels, grid, torch.device("cpu"), torch.float64)


def photograph():
    return xai.ImageInput(np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8), "squash")


def similarity(a, b):
    """Mean over all windows of 7 x 7 of Wang's formula, for maps scaled to 0..1."""
    a, b = ((v - v.min()) / np.ptp(v) for v in (a.astype(float), b.astype(float)))
    found = []
    for y in range(a.shape[0] - 6):
        for x in range(a.shape[1] - 6):
            one, other = a[y : y + 7, x : x + 7].ravel(), b[y : y + 7, x : x + 7].ravel()
            (va, vab), (_, vb) = np.cov(one, other)
            means = 2 * one.mean() * other.mean() + 0.01**2
            below = (one.mean() ** 2 + other.mean() ** 2 + 0.01**2) * (va + vb + 0.03**2)
            found.append(means * (2 * vab + 0.03**2) / below)
    return float(np.mean(found))


def test_against_the_formula_written_out():
    own = handle()
    found = random_logit(own, photograph(), SIGNED)
    assert sorted(found.targets.tolist()) == [0, 2, 3], "every other class, and never the target"
    with own.session() as net:
        maps = net.weight.detach().sum(1).numpy()
    wanted = [similarity(maps[1], maps[k]) for k in found.targets]
    np.testing.assert_allclose(found.similarity, wanted, atol=1e-5)
    assert found.mean == pytest.approx(np.mean(wanted), abs=1e-5)
    assert found.mean < 0.9


def test_a_map_that_is_the_same_for_every_class_has_one():
    own = handle()
    with own.session() as net:
        net.weight.data[:] = net.weight.data[:1]
    assert random_logit(own, photograph(), SIGNED, classes=2).mean == pytest.approx(1)


def test_an_empty_map_for_another_class_is_not_alike():
    own = handle(2)
    with own.session() as net:
        net.weight.data[0] = 0
    found = random_logit(own, photograph(), SIGNED)
    assert found.mean == 0
    assert np.isnan(found.rank).all()
    assert np.isnan(random_logit(own, photograph(), SIGNED.replace(target=0)).mean)


def test_the_class_of_a_contrast_is_not_drawn():
    request = SIGNED.replace(method="deep_lift", params={"contrast": 2, "aggregate": "signed"})
    assert sorted(random_logit(handle(), photograph(), request).targets.tolist()) == [0, 3]


def test_refusals():
    with pytest.raises(xai.InputError, match="no target"):
        random_logit(handle(), photograph(), xai.Request("gradient"))
    with pytest.raises(xai.InputError, match="0 other classes"):
        random_logit(small(1), picture(), xai.Request("gradient", 0))
