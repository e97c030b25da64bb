"""PGD in the Euclidean norm: an independent loop, and the direction it must take on a linear classifier."""

import numpy as np
import pytest
import torch

import xai_core as xai

from .hand import handle, logits, picture, weights
from .test_fgsm import cross_entropy_gradient


def ball(change, radius, fill=False):
    length = np.linalg.norm(change)
    return change * radius / length if fill or length > radius else change


@pytest.mark.parametrize("steps", [1, 6])
def test_every_step_by_hand(steps):
    """Up to the rounding: the whole values lie within half a step of the loop's, or the ball was left."""
    own, image = handle(5), picture(3, 60, 200)
    pixels = image.pixels.astype(float)
    label = int(logits(own, pixels).argmax())
    radius = 3 * pixels.size**0.5
    noise = torch.randn((1, 3, 4, 6), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    x = np.clip(pixels + ball(noise[0].permute(1, 2, 0).numpy(), radius, fill=True), 0, 255)
    for _ in range(steps):
        step = ball(cross_entropy_gradient(own, x, label), 2.5 * radius / steps, fill=True)
        x = np.clip(pixels + ball(x + step - pixels, radius), 0, 255)
    found = xai.attack(own, image, "pgd_l2", epsilon=3, steps=steps, seed=2)
    assert np.linalg.norm(found.noise) <= radius
    np.testing.assert_allclose(found.noise, x - pixels, atol=1.0)


def test_on_two_linear_classes_it_follows_the_difference_of_the_weights():
    own, image = handle(), picture(4, 60, 200)
    w = weights(own)
    label = int(logits(own, image.pixels.astype(float)).argmax())
    direction = w[1 - label] - w[label]
    found = xai.attack(own, image, "pgd_l2", epsilon=8, steps=40)
    cosine = (found.noise * direction).sum() / np.linalg.norm(found.noise) / np.linalg.norm(direction)
    # from a random start, whose cosine is about 0, steps of 2.5 radii in all lead to tanh(2.5) = 0.987
    assert cosine > 0.93
    assert np.linalg.norm(found.noise) == pytest.approx(8 * found.noise.size**0.5, rel=0.02)
