"""Fidelity, contrastivity, sparsity, average drop: by hand."""

import numpy as np
import pytest

from tests.xai_core.attacks.hand import handle, logits, picture
from xai_core.metrics.fidelity import contrastivity, fidelity, scaled, sparsity

from .test_insertion import explanation, softmax


def test_fidelity_by_hand():
    own, image = handle(3), picture(1)
    values = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    found = fidelity(own, image, explanation(values), percent=25)
    pixels = image.pixels.astype(float)
    mask = values >= np.sort(values.ravel())[-6]
    assert found.area == pytest.approx(6 / 24)
    whole, without = logits(own, pixels), logits(own, np.where(mask[..., None], 0, pixels))
    assert found.drop == pytest.approx(softmax(whole)[1] - softmax(without)[1], abs=1e-6)
    assert found.logit_drop == pytest.approx(whole[1] - without[1], abs=1e-5)
    share = np.maximum(values, 0) / values.max()
    only = softmax(logits(own, pixels * share[..., None]))[1]
    p = softmax(whole)[1]
    assert found.average_drop == pytest.approx(max(0, p - only) / p, abs=1e-5)
    assert found.increase == (only > p)


def test_masks():
    a = np.array([[True, True, False, False]])
    b = np.array([[True, False, True, False]])
    assert contrastivity(a, b) == pytest.approx(2 / 3)
    assert contrastivity(a, a) == 0
    assert np.isnan(contrastivity(~a & a, ~a & a))
    assert sparsity(a, b) == pytest.approx(1 / 4)
    assert scaled(np.array([-2.0, 1.0, 4.0])).tolist() == [0, 0.25, 1]
    assert scaled(np.zeros(3)).tolist() == [0, 0, 0]
