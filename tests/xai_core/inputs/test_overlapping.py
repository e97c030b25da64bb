"""Overlapping regions: the segments of skimage, grown pixel by pixel."""

import numpy as np
from skimage.morphology import dilation, disk
from skimage.segmentation import felzenszwalb
from skimage.transform import resize

from xai_core.inputs import overlapping
from xai_core.inputs.overlapping import overlapping_regions


def test_against_masks_dilated_by_a_disk(monkeypatch):
    monkeypatch.setattr(overlapping, "SCALES", (100, 1200))
    random = np.random.default_rng(0)
    view = random.integers(0, 60, (24, 36, 3)).astype(np.uint8)
    view[5:15, 8:30] += 150
    view[12:, 20:, 1] += 40
    scaled = (view - view.min()) / np.ptp(view) * 2 - 1
    large = resize(scaled, (224, 224), order=3, mode="constant", preserve_range=True, anti_aliasing=True)
    expected = []
    for scale in (100, 1200):
        labels = felzenszwalb(large, scale=scale, sigma=0.8, min_size=150)
        small = resize(
            labels, (24, 36), order=0, mode="constant", preserve_range=True, anti_aliasing=False
        ).astype(int)
        masks = [small == n for n in range(labels.max() + 1)]
        expected += [np.flatnonzero(dilation(mask, disk(5))) for mask in masks if mask.any()]
    found = overlapping_regions(view)
    assert len(found) == len(expected) > 4
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_one_colour_is_one_region_at_each_scale():
    found = overlapping_regions(np.full((6, 9, 3), 77, np.uint8))
    assert [len(region) for region in found] == [54] * 6
