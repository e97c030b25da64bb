"""The baselines over which a method averages."""

import numpy as np
import torch

import xai_core as xai
from xai_core.inputs.backgrounds import DRAWN, KEYS, backgrounds, count_of
from xai_core.inputs.views import InputGrid, view_pixels

GRID = InputGrid((4, 6), 8, "bilinear", (0.4, 0.5, 0.6), (0.2, 0.25, 0.3))
X = torch.randn(1, 3, 4, 6, dtype=torch.float64)


def made(kind, seed=0):
    return backgrounds(X, kind, GRID, torch.Generator().manual_seed(seed))


def test_the_photographs_as_the_network_sees_them():
    found = made("pictures")
    assert found.shape == (len(KEYS), 3, 4, 6)
    assert found.dtype == X.dtype
    coffee = view_pixels(xai.load_sample("coffee"), GRID).astype(np.float64) / 255
    expected = (coffee - GRID.mean) / GRID.std
    np.testing.assert_allclose(found[KEYS.index("coffee")].permute(1, 2, 0), expected, atol=1e-12)


def test_noise_is_drawn_anew_for_each_and_the_same_for_a_seed():
    found = made("noise")
    assert len(found) == DRAWN == count_of("noise")
    assert len({row.numpy().tobytes() for row in found}) == DRAWN
    assert torch.equal(found, made("noise"))
    assert not torch.equal(found, made("noise", 1))


def test_any_other_kind_is_one_baseline():
    for kind in ("black", "white", "mean", "blur"):
        assert len(made(kind)) == count_of(kind) == 1
    assert made("black")[0, 0, 0, 0].item() == -2.0


def test_black_and_white():
    found = made("black_white")
    assert count_of("black_white") == len(found) == 2
    expected = [[-2.0, -2.0, -2.0], [3.0, 2.0, 4 / 3]]  # (0 - mean) / std and (1 - mean) / std
    np.testing.assert_allclose(found[:, :, 3, 5], expected, atol=1e-12)


def test_as_many_draws_of_noise_as_asked():
    some = backgrounds(X, "noise", GRID, torch.Generator().manual_seed(0), draws=3)
    assert len(some) == count_of("noise", 3) == 3
    assert torch.equal(some[:1], backgrounds(X, "noise", GRID, torch.Generator().manual_seed(0), draws=1))
