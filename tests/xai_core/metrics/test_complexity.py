"""Complexity: exact on pictures whose numbers are known, ordered on real ones."""

import numpy as np
import pytest

import xai_core as xai
from xai_core.metrics.complexity import complexity


def test_a_flat_picture_has_none():
    found = complexity(np.full((60, 90, 3), 120, np.uint8))
    assert (found.edges, found.entropy, found.regions) == (0, 0, 1)


def test_two_halves():
    picture = np.zeros((60, 90, 3), np.uint8)
    picture[:, 45:] = 255
    found = complexity(picture)
    assert found.entropy == pytest.approx(1)
    assert found.regions > 1
    assert 0 < found.edges < 0.05


def test_noise_is_more_complex_than_a_rocket():
    noise = np.random.default_rng(0).integers(0, 255, (120, 120, 3), dtype=np.uint8)
    rocket = complexity(xai.load_sample("rocket").pixels)
    assert complexity(noise).entropy > rocket.entropy
    assert complexity(noise).edges > rocket.edges
