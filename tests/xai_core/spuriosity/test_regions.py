"""Squares of the grid: sums, the best one, controls that never touch it, and pixels."""

import numpy as np
import pytest

from xai_core.spuriosity.regions import Place, best, common, elsewhere, share, sums
from xai_core.spuriosity.search import GRID, Search


def test_sums_are_those_of_slices():
    values = np.random.default_rng(0).random((2, GRID, GRID))
    found = sums(values, 3)
    assert found.shape == (2, GRID - 2, GRID - 2)
    assert found[1, 4, 7] == pytest.approx(values[1, 4:7, 7:10].sum())
    assert share(values, Place(4, 7, 3))[0] == pytest.approx(values[0, 4:7, 7:10].sum())


def test_the_common_region_is_where_the_cluster_differs_from_the_rest():
    maps = np.full((6, GRID, GRID), 0.001)
    maps[:, 5:9, 5:9] += 0.1  # all look there
    maps[:3, 10:14, 0:4] += 0.05  # the cluster looks there too
    inside = np.arange(6) < 3
    assert common(maps, inside, 4) == Place(10, 0, 4)
    assert common(maps[:3], inside[:3], 4) == Place(5, 5, 4), "with no rest it is where the maps lie"
    assert best(np.zeros((GRID, GRID)), 4) == Place(0, 0, 4)


@pytest.mark.parametrize("cells", [1, 3, 4])
def test_every_region_has_controls_of_its_size_that_do_not_touch_it(cells):
    random = np.random.default_rng(0)
    for top in range(GRID - cells + 1):
        for left in range(GRID - cells + 1):
            place = Place(top, left, cells)
            found = elsewhere(place, 5, random)
            assert len(set(found)) == 5
            for one in found:
                pixels = np.zeros((33, 50), int)
                for each in (place, one):
                    y0, y1, x0, x1 = each.box(pixels.shape)
                    assert 0 <= y0 < y1 <= 33
                    assert 0 <= x0 < x1 <= 50
                    assert (y1 - y0, x1 - x0) == (round(cells * 33 / GRID), round(cells * 50 / GRID))
                assert not one.overlaps(place)


def test_the_largest_region_that_is_accepted_leaves_a_place():
    assert Search(side=0.3).cells == 4
    assert 3 * Search(side=0.3).cells <= GRID


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place(0, 0, 4), "upper left"),
        (Place(5, 5, 4), "centre"),
        (Place(10, 10, 4), "lower right"),
        (Place(5, 0, 4), "middle left"),
        (Place(10, 5, 4), "lower centre"),
    ],
)
def test_places_have_names(place, words):
    assert place.words == words
