"""Localization by hand, on maps that are not square."""

from dataclasses import replace

import numpy as np
import pytest

import xai_core as xai
from xai_core.inputs.samples import mosaic
from xai_core.metrics import localization as loc
from xai_core.metrics.measures import MEASURES, Case
from xai_core.types import Box


def test_the_largest_region_makes_the_box():
    values = np.zeros((6, 9))
    values[1:3, 5:9] = 1.0
    values[4, 0:3] = 2.0
    assert loc.box_of(values, 0.2) == Box("", 5, 1, 9, 3)
    assert loc.box_of(values, 0.6) == Box("", 0, 4, 3, 5)
    assert loc.box_of(-values) is None
    assert loc.box_of(np.zeros((2, 3))) is None
    touching = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert loc.box_of(touching) == Box("", 0, 0, 1, 1), "pixels that meet at a corner are apart"
    with pytest.raises(xai.InputError, match="share is 1"):
        loc.box_of(values, 1)


def test_boxes_are_those_of_a_search_over_the_whole_map():
    """Against a flood fill from every pixel, on noise with regions of all sizes that touch the edges."""

    def by_flood(values, share):
        above, best = values > share * values.max(), set()
        while above.any():
            todo, region = [tuple(np.argwhere(above)[0])], set()
            while todo:
                row, column = todo.pop()
                if 0 <= row < above.shape[0] and 0 <= column < above.shape[1] and above[row, column]:
                    above[row, column] = False
                    region.add((row, column))
                    todo += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
            best = max(best, region, key=len)  # the first of equal ones, as it is met row by row
        rows, columns = zip(*best, strict=True)
        return Box("", min(columns), min(rows), max(columns) + 1, max(rows) + 1)

    rng = np.random.default_rng(0)
    for share in (0.0, 0.2, 0.5, 0.95):
        values = rng.normal(size=(11, 17))
        assert loc.box_of(values, share) == by_flood(values, share)


def test_overlap_of_boxes():
    a, b = Box("", 0, 0, 4, 2), Box("", 2, 1, 6, 3)
    assert loc.box_iou(a, b) == pytest.approx(2 / 14)
    assert loc.box_iou(a, a) == 1
    assert loc.box_iou(a, Box("", 4, 0, 8, 2)) == 0
    assert loc.best_iou(a, [b, a]) == 1
    assert loc.best_iou(None, [a]) == 0
    assert loc.best_iou(a, []) == 0


def test_localized_as_ilsvrc_counts():
    true = Box("", 0, 0, 10, 10)
    assert loc.localized(Box("", 0, 0, 10, 6), [true])
    assert loc.localized(Box("", 0, 0, 10, 6), [Box("", 50, 50, 60, 60), true])
    assert not loc.localized(Box("", 0, 0, 10, 5), [true]), "exactly half is not more than half"
    assert not loc.localized(None, [true])


def case(lite0, heat, order, targets=(7,)):
    """A map for class 7, with the classes in that order before the network."""
    image = mosaic(["chelsea", "coffee"])
    scores = tuple(xai.ClassScore(i, str(i), -n, 0.1) for n, i in enumerate(order))
    e = replace(xai.explain(lite0, image, "gradient", target=7), heatmap=heat, method="centre")
    return Case(lite0, replace(image, boxes=image.boxes[:1]), targets, scores, e)


def test_localization_error_needs_class_and_place(lite0):
    left, right = np.zeros((2, 8, 8), np.float32)
    left[:, :4], right[:, 4:] = 1, 1
    first, five = MEASURES["localization_error"], MEASURES["localization_error_top5"]
    assert (first(case(lite0, left, [7, 3])), five(case(lite0, left, [7, 3]))) == (0, 0)
    assert (first(case(lite0, left, [3, 7])), five(case(lite0, left, [3, 7]))) == (1, 0)
    assert (first(case(lite0, right, [7, 3])), five(case(lite0, right, [7, 3]))) == (1, 1), "wrong place"
    assert five(case(lite0, left, [1, 2, 3, 4, 5, 7])) == 1, "sixth"
    assert first(case(lite0, left, [7], targets=(9, 7))) == 0, "one of several right classes"


@pytest.mark.parametrize(("tolerance", "hit"), [(0, False), (1.4, False), (1.6, True), (15, True)])
def test_pointing_with_tolerance(tolerance, hit):
    values = np.zeros((8, 12))
    values[2, 9] = 1  # its centre is 9.5, 2.5
    assert loc.pointing(values, [Box("", 2, 1, 8, 5)], tolerance) == hit
    assert loc.pointing(values, [Box("", 9, 2, 10, 3)], 0)
    assert not loc.pointing(values, [], 100)


def test_energy_and_activated_share():
    values = np.array([[1.0, 2.0, -5.0], [0.0, 4.0, 3.5]])
    right = [Box("", 1, 0, 3, 2)]
    assert loc.energy(values, right) == pytest.approx(9.5 / 10.5)
    assert loc.energy(values, [Box("", 0, 0, 1, 2), *right]) == 1
    assert loc.activated_share(values, [Box("", 2, 0, 3, 2)]) == pytest.approx(1 / 2)
    assert np.isnan(loc.energy(-np.ones((2, 2)), right))
    assert np.isnan(loc.activated_share(np.zeros((2, 2)), right))


def test_masks_take_pixels_by_their_centre():
    assert loc.mask_of([Box("", 0.4, 0, 1.6, 1)], (2, 3)).tolist() == [[True, True, False], [False] * 3]


def test_pointing_with_a_reject_option():
    found = loc.pointing_curve(np.array([0.1, 0.9, 0.5, 0.5]), np.array([False, True, True, False]))
    np.testing.assert_allclose(found.thresholds, [0, 0.1, 0.5, 0.9])
    np.testing.assert_allclose(found.accuracy, [2 / 4, 2 / 4, 2 / 3, 1])
    np.testing.assert_allclose(found.recall, [2 / 4, 2 / 4, 2 / 4, 1 / 4])


def test_shape_of_a_map():
    corner = np.zeros((10, 20))
    corner[0, 0] = 1
    found = loc.map_shape(corner)
    assert found.concentration == 1
    assert found.edge == 1
    assert found.offset == pytest.approx(np.hypot(0.9, 0.95) / 2**0.5)
    flat = loc.map_shape(np.ones((10, 20)))
    assert flat.concentration == pytest.approx(0.1)
    assert flat.offset == pytest.approx(0, abs=1e-12)
    assert flat.edge == pytest.approx(1 - 8 * 16 / 200)
    assert np.isnan(loc.map_shape(-corner).edge)


def test_the_map_of_who_has_not_looked():
    found = loc.centre_gaussian((5, 9))
    assert found.shape == (5, 9)
    assert np.unravel_index(found.argmax(), found.shape) == (2, 4)
    assert found[0, 0] < found[0, 4] < found[2, 4] == 1
    np.testing.assert_allclose(found, found[::-1, ::-1])


def test_grad_cam_finds_the_dog(lite0, dog_cat):
    e = xai.explain(lite0, dog_cat, "grad_cam", target=243)
    dog, cat = [Box("dog", 0, 0, 120, 224)], [Box("cat", 120, 0, 224, 224)]
    assert loc.pointing(e.upsampled(), dog, 0)
    assert loc.energy(e.upsampled(), dog) > loc.energy(e.upsampled(), cat)
