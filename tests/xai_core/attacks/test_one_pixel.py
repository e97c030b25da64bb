"""One pixel: on a linear classifier the best pixel can be found by trying them all."""

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.attacks.one_pixel import painted

from .hand import handle, logits, picture, weights


def best_margin(own, pixels, label):
    """The most that the other class can gain on the label by one pixel of any colour, over all pixels."""
    w = weights(own)
    gain = w[1 - label] - w[label]
    colour = np.where(gain > 0, 255, 0)
    return float(((colour - pixels) * gain).sum(2).max())


def test_it_finds_what_trying_every_pixel_finds():
    own = handle()
    for seed in range(4):
        image = picture(seed)
        pixels = image.pixels.astype(float)
        z = logits(own, pixels)
        label = int(z.argmax())
        found = xai.attack(own, image, "one_pixel", generations=60, seed=seed)
        after = logits(own, found.image.pixels.astype(float))
        gained = (after[1 - label] - after[label]) - (z[1 - label] - z[label])
        best = best_margin(own, pixels, label)
        assert gained <= best + 1e-9
        assert found.success == (best > z[label] - z[1 - label])
        if not found.success:
            assert gained > 0.95 * best


@pytest.mark.parametrize("count", [1, 3, 5])
def test_no_more_pixels_change_than_asked_for(count):
    found = xai.attack(handle(), picture(1), "one_pixel", count=count, generations=5)
    assert len(found.changed) <= count
    assert found.forwards <= 60 * 6 + 10


def test_pixels_are_painted_where_the_candidate_says():
    pixels = torch.zeros(1, 3, 4, 6)
    candidates = torch.tensor([[1.0, 2.0, 10.0, 20.0, 30.0, 3.4, 4.6, 300.0, 1.2, -5.0]])
    found = painted(pixels, candidates)
    assert found[0, :, 1, 2].tolist() == [10, 20, 30]
    assert found[0, :, 3, 5].tolist() == [255, 1, 0]
    assert int((found != 0).any(1).sum()) == 2
