"""FGSM against the same step by hand."""

import numpy as np
import pytest

import xai_core as xai

from .hand import handle, logits, picture, weights


def cross_entropy_gradient(own, pixels, label):
    """d (-log softmax_label) / d pixel = sum_k (p_k - [k = label]) w_k."""
    z = logits(own, pixels.astype(float))
    p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    p[label] -= 1
    return np.tensordot(p, weights(own), 1)


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("epsilon", [1, 8, 3.7, 255])
def test_one_step_by_hand(classes, epsilon):
    own, image = handle(classes), picture(1)
    label = int(logits(own, image.pixels.astype(float)).argmax())
    step = int(epsilon) * np.sign(cross_entropy_gradient(own, image.pixels, label))
    expected = np.clip(image.pixels + step, 0, 255)
    found = xai.attack(own, image, "fgsm", epsilon=epsilon)
    np.testing.assert_array_equal(found.image.pixels, expected)
    assert found.label == label
    after = logits(own, expected)
    assert found.after.index == int(after.argmax())
    assert found.after.logit == pytest.approx(float(after.max()), rel=1e-5)
    assert found.success == (found.after.index != label)


def test_towards_a_class_by_hand():
    own, image = handle(5), picture(2)
    label = int(logits(own, image.pixels.astype(float)).argmax())
    target = (label + 1) % 5
    step = -8 * np.sign(cross_entropy_gradient(own, image.pixels, target))
    found = xai.attack(own, image, "fgsm", target=target, epsilon=8)
    np.testing.assert_array_equal(found.image.pixels, np.clip(image.pixels + step, 0, 255))
    assert found.success == (found.after.index == target)


def test_epsilon_zero_changes_nothing():
    found = xai.attack(handle(), picture(), "fgsm", epsilon=0)
    assert not found.noise.any()
    assert not found.success
    assert found.changed.shape == (0, 2)
