"""What is drawn and measured of known maps is kept by its content: equal inputs share it, others never do."""

import dataclasses

import numpy as np
import pytest
from cachetools import LRUCache

import xai_core as xai
from pages._ui.results import drawn
from xai_core.figures import Look, encode, overlay
from xai_core.figures.scale import Scale
from xai_core.metrics import agreement
from xai_core.types import Params


@pytest.fixture(autouse=True)
def empty():
    drawn.DRAWN.clear()


def explanation(seed: int, **changes) -> xai.Explanation:
    heatmap = np.random.default_rng(seed).random((4, 5)).astype(np.float32)
    made = xai.Explanation(heatmap, "grad_cam", 0, "cat", "l", Params(), False, 1, 1, 1, 0, (32, 40))
    return dataclasses.replace(made, **changes)


def view(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (32, 40, 3), dtype=np.uint8)


def test_a_tile_is_the_overlay():
    look, scale = Look(), Scale(0.0, 2.0)
    expected = encode(overlay(view(), explanation(1), look, scale), "JPEG")
    assert drawn.tile(view(), explanation(1), look, scale) == expected
    assert drawn.tile(view(), explanation(1), look, scale) == expected


@pytest.mark.parametrize(
    "other",
    [
        (view(1), explanation(1), Look(), None),
        (view(), explanation(2), Look(), None),
        (view(), explanation(1), Look(opacity=0.2), None),
        (view(), explanation(1), Look(), Scale(0.0, 3.0)),
        (view(), explanation(1, signed=True), Look(), None),
        (view(), explanation(1, segments=np.zeros((32, 40), np.int64)), Look(), None),
    ],
    ids=["picture", "map", "look", "scale", "sign", "superpixels"],
)
def test_what_changes_a_tile_is_in_its_key(other):
    first = drawn.tile(view(), explanation(1), Look(), None)
    assert drawn.tile(*other) == encode(overlay(*other), "JPEG") != first


def test_it_is_computed_once_for_equal_maps():
    calls = []

    def difference(a, b):
        calls.append((a.shape, b.shape))
        return float(a.mean() - b.mean())

    found = [drawn.on_maps(difference, explanation(1), explanation(2)) for _ in range(3)]
    assert calls == [((32, 40), (32, 40))], "once, on the input's grid"
    assert found == [difference(explanation(1).upsampled(), explanation(2).upsampled())] * 3
    assert drawn.on_maps(difference, explanation(2), explanation(1)) == -found[0]
    drawn.on_maps(difference, explanation(1), explanation(2, view_size=(16, 20)))
    assert calls[-1] == ((32, 40), (16, 20))


def test_several_maps_are_one_argument():
    maps = [explanation(seed) for seed in range(3)]
    expected = agreement.disagreement([e.upsampled() for e in maps])
    np.testing.assert_array_equal(drawn.on_maps(agreement.disagreement, maps), expected)
    fewer = agreement.disagreement([e.upsampled() for e in maps[:2]])
    np.testing.assert_array_equal(drawn.on_maps(agreement.disagreement, maps[:2]), fewer)


def test_an_array_in_the_place_of_a_forgotten_one_has_its_own_digest(monkeypatch):
    """Python gives a new array the id of one that is gone; an array whose digest is known is not gone."""
    one = np.zeros((8, 8), np.float32).nbytes
    monkeypatch.setattr(drawn, "_DIGESTS", LRUCache(10 * one, lambda kept: kept[0].nbytes))
    for number in range(30):
        values = np.full((8, 8), number, np.float32)
        assert drawn._digest(values) == drawn._digest(values.copy())
    assert drawn._DIGESTS.currsize == 10 * one


def test_what_digests_hold_has_a_bound_in_bytes():
    drawn._digest(np.zeros(drawn.BYTES + 1, np.uint8))
    assert drawn._DIGESTS.currsize <= drawn.BYTES
    assert len(drawn._DIGESTS) == 1, "one that is larger is held alone"
    drawn._DIGESTS.clear()
