"""xrai: two regions by hand, the ranking mask by mask, and the values that are ranked."""

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.methods import xrai as module
from xai_core.methods.xrai import by_density, xrai
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .tiny import Linear, pictures


def columns(*numbers):
    """The pixels of these columns of a map of 10 x 30."""
    return np.flatnonzero(np.isin(np.arange(300) % 30, numbers))


def test_regions_by_hand():
    """A 10 x 30 map of 6, 2 and -1 on ten columns each. The left region is densest; the wide one then has its
    right part left, columns 10..19; the last one keeps -1. What no region holds gets its own mean."""
    values = np.repeat([[6.0, 2.0, -1.0]], 10, 1).repeat(10, 0)
    left, wide, small = columns(*range(10)), columns(*range(5, 20)), columns(20, 21, 22, 23)
    found, taken = by_density(values, [wide, small, left], once=False)
    np.testing.assert_allclose(found, values, rtol=1e-14)
    assert taken == 2  # the small one has 40 pixels
    found, taken = by_density(values, [wide], once=False)
    assert taken == 1
    np.testing.assert_allclose(found[:, 5:20], (5 * 6 + 10 * 2) / 15)
    np.testing.assert_allclose(found[:, [0, 29]], (5 * 6 - 10) / 15)
    found, taken = by_density(values, [], once=False)
    assert taken == 0
    np.testing.assert_allclose(found, 7 / 3)


def test_ranking_once_sees_no_overlap():
    """Columns 0..10 (mean 6) and 5..19 (mean 3.6) overlap. What is left of the second has mean 2, less than
    the third region with 2.77."""
    values = np.full((10, 30), 3.0)
    values[:, :11], values[:, 11:20] = 6, 2
    regions = [columns(*range(20, 30), *range(11, 14)), columns(*range(5, 20)), columns(*range(11))]
    anew, _ = by_density(values, regions, once=False)
    once, _ = by_density(values, regions, once=True)
    assert anew[0, 12] == pytest.approx((10 * 3 + 3 * 2) / 13)  # taken with columns 20..29
    assert once[0, 12] == pytest.approx(2)  # taken with columns 11..19


def mask_by_mask(values, regions, once):
    """The algorithm on masks, every gain computed anew."""
    masks = [np.isin(np.arange(values.size), region).reshape(values.shape) for region in regions]
    found, free = np.full(values.shape, np.nan), np.ones(values.shape, bool)
    if once:
        masks.sort(key=lambda mask: -values[mask].mean())
    while True:
        masks = [mask for mask in masks if (mask & free).sum() >= 50]
        if not masks:
            break
        best = 0 if once else max(range(len(masks)), key=lambda n: values[masks[n] & free].mean())
        new = masks.pop(best) & free
        found[new] = values[new].mean()
        free &= ~new
    found[free] = values[free].mean() if free.any() else 0
    return found


@pytest.mark.parametrize("once", [False, True])
def test_against_the_ranking_mask_by_mask(once):
    random = np.random.default_rng(4)
    values = random.normal(size=(20, 30))
    regions = []
    for _ in range(40):
        top, left = random.integers(0, 15), random.integers(0, 24)
        mask = np.zeros((20, 30), bool)
        mask[top : top + random.integers(4, 12), left : left + random.integers(5, 20)] = True
        regions.append(np.flatnonzero(mask))
    found, _ = by_density(values, regions, once)
    np.testing.assert_allclose(found, mask_by_mask(values, regions, once), rtol=1e-10, atol=1e-13)


def test_what_is_ranked(monkeypatch):
    """Before a linear network the Integrated Gradients from b are (x - b) w, so their mean is (x - m) w with
    m the middle of black and white; the largest channel counts. With one region the map is its mean."""
    seen = []

    def given(view):
        seen.append(view)
        return [np.arange(24)[:12], np.arange(24)[12:]]

    monkeypatch.setattr(module, "overlapping_regions", given)
    monkeypatch.setattr(module, "FEWEST", 2)
    net, x, facts = Linear(), pictures(2).clamp(-1, 3), {}
    bounds = (torch.full((1, 3, 1, 1), -1.0).double(), torch.full((1, 3, 1, 1), 3.0).double())
    progress = Progress()
    found = xrai(net, x, Score((2, 0)), bounds, progress, facts, steps=1)
    values = ((x - 1) * net.weight[[2, 0]]).amax(1).detach()
    for row in (slice(0, 2), slice(2, 4)):
        expected = values[:, row].mean((1, 2), keepdim=True).expand(-1, 2, 6)
        torch.testing.assert_close(found[:, row], expected)
    np.testing.assert_allclose(seen[1], (x[1].permute(1, 2, 0) + 1) / 4)
    assert facts["regions"] == [2, 2]
    assert progress.forwards == 2 * 2


def test_growth_and_cancel(monkeypatch):
    monkeypatch.setattr(module, "overlapping_regions", lambda view: [np.arange(24)])
    shown, asked, x = [], [], pictures(1)
    bounds = (torch.full((1, 3, 1, 1), -5.0).double(), torch.full((1, 3, 1, 1), 5.0).double())
    progress = Progress(on_partial=lambda values, count, of: shown.append((values, count, of)))
    progress._next_look = 0.0
    xrai(Linear(), x, Score((1,)), bounds, progress, {}, steps=6)
    assert shown[0][1:] == (4, 12)
    assert shown[0][0].shape == (4, 6)
    cancelled = Progress(cancelled=lambda: asked.append(0) or len(asked) == 2)
    with pytest.raises(xai.Cancelled):
        xrai(Linear(), x, Score((1,)), bounds, cancelled, {}, steps=6)
    assert len(asked) == 2


def test_through_the_engine(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "xrai", steps=3)
    assert (e.signed, e.heatmap.shape, e.forwards) == (True, (64, 96), 1 + 2 * 3)
    assert 1 < len(np.unique(e.heatmap)) <= e.facts["regions"] + 1
    with pytest.raises(xai.InputError, match="algorithm of xrai is 'slow'"):
        xai.explain(lite0_small, chelsea, "xrai", algorithm="slow")
