"""Baselines in pixel values, superpixels that cover the picture."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.inputs import superpixels as regions
from xai_core.inputs.views import InputGrid

GRID = InputGrid((20, 30), 24, "bicubic", (0.5, 0.4, 0.3), (0.2, 0.25, 0.5))


def pixels(values):
    """Normalised -> 0..1."""
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (GRID.mean, GRID.std))
    return values * std + mean


def baseline(kind, x, **options):
    return regions.baseline(x, kind, GRID, torch.Generator().manual_seed(0), **options)


def test_baselines_in_pixel_values():
    x = torch.randn(2, 3, 20, 30)
    assert_close(pixels(baseline("black", x)), torch.zeros_like(x), atol=1e-6, rtol=0)
    assert_close(pixels(baseline("white", x)), torch.ones_like(x))
    assert_close(baseline("mean", x)[1, 2, 5, 5], x[1, 2].mean())
    noise = pixels(baseline("noise", x))
    assert 0 <= noise.min() < 0.01
    assert 0.99 < noise.max() <= 1
    assert_close(baseline("noise", x), baseline("noise", x))
    with pytest.raises(
        xai.InputError, match="baseline is 'grey'; accepted are black, white, mean, blur, noise"
    ):
        baseline("grey", x)


def test_blur_keeps_the_mean_of_a_line_and_spreads_a_point():
    x = torch.zeros(1, 3, 20, 30)
    x[0, :, 10, 15] = 1
    weak, strong = (baseline("blur", x, blur=s)[0, 0] for s in (1.0, 2.0))
    assert weak.sum() == pytest.approx(1, abs=1e-3)
    assert weak.max() == pytest.approx(1 / (2 * torch.pi), rel=0.05)
    assert strong.max() < weak.max()
    assert baseline("blur", torch.ones(1, 3, 20, 30), blur=50).allclose(torch.ones(1))


def test_segment_means():
    x = torch.arange(12.0).view(1, 1, 2, 6)
    segments = torch.tensor([[[0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 1, 2]]])
    found = regions.segment_means(x, segments)
    assert found[0, 0, 0].tolist() == [4, 4, 4, 6.5, 6.5, 8]


@pytest.mark.parametrize("kind", regions.SEGMENTATIONS)
def test_superpixels_are_numbered_without_gaps(kind, chelsea):
    labels = regions.segment(chelsea.pixels[:150, :220], kind, 24)
    assert labels.shape == (150, 220)
    assert np.array_equal(np.unique(labels), np.arange(labels.max() + 1))
    if kind != "quickshift":
        assert 12 <= labels.max() + 1 <= 40
    assert np.array_equal(labels, regions.segment(chelsea.pixels[:150, :220], kind, 24))


def test_grids():
    for count, shape in ((9, (90, 90)), (6, (60, 90)), (8, (80, 40))):
        labels = regions.segment(np.zeros((*shape, 3), np.uint8), "grid", count)
        assert labels.max() + 1 == count
    with pytest.raises(xai.InputError, match="segmentation is 'hexagons'"):
        regions.segment(np.zeros((9, 9, 3), np.uint8), "hexagons", 4)
