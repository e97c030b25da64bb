"""PGD against an independent loop in NumPy, and where it must end on a linear classifier."""

import numpy as np
import pytest
import torch

import xai_core as xai

from .hand import handle, logits, picture, weights
from .test_fgsm import cross_entropy_gradient


def by_hand(own, pixels, label, epsilon, steps, seed):
    """One start, as the paper has it, with the start that the seed gives."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand((1, 3, *pixels.shape[:2]), generator=generator, dtype=torch.float64)
    x = np.clip(pixels + epsilon * (noise[0].permute(1, 2, 0).numpy() * 2 - 1), 0, 255)
    for _ in range(steps):
        x = x + 2.5 * epsilon / steps * np.sign(cross_entropy_gradient(own, x, label))
        x = np.clip(np.clip(x, pixels - epsilon, pixels + epsilon), 0, 255)
    return pixels + np.rint(x - pixels)


@pytest.mark.parametrize("steps", [1, 4, 10])
@pytest.mark.parametrize("epsilon", [2, 8])
def test_every_step_by_hand(epsilon, steps):
    own, image = handle(5), picture(3)
    label = int(logits(own, image.pixels.astype(float)).argmax())
    found = xai.attack(own, image, "pgd", epsilon=epsilon, steps=steps, seed=7)
    expected = by_hand(own, image.pixels.astype(float), label, epsilon, steps, 7)
    np.testing.assert_array_equal(found.image.pixels, expected)


def test_on_two_linear_classes_it_ends_at_the_corner_of_the_box():
    own, image = handle(), picture(4, 20, 230)
    w = weights(own)
    label = int(logits(own, image.pixels.astype(float)).argmax())
    found = xai.attack(own, image, "pgd", epsilon=6, steps=20)
    np.testing.assert_array_equal(found.noise, 6 * np.sign(w[1 - label] - w[label]))


def test_restarts_keep_the_best():
    own, image = handle(5), picture(5)
    one = xai.attack(own, image, "pgd", epsilon=4, steps=1, restarts=1, seed=3)
    many = xai.attack(own, image, "pgd", epsilon=4, steps=1, restarts=12, seed=3)
    label = one.label

    def loss(found):
        z = logits(own, found.image.pixels.astype(float))
        return np.log(np.exp(z - z.max()).sum()) + z.max() - z[label]

    assert (many.success, loss(many)) >= (one.success, loss(one))
    assert many.forwards > one.forwards
